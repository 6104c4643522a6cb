"""Callbacks of gateways: stored as received; unsigned they prove nothing.

The answer is the seven bytes that stop retries (contract wujie §4.3). A callback makes
the tasks due; only the poll changes status and money. With the gateway's public key
known, a wrong signature drops the callback. The answer is the same: a forger learns
nothing.
"""

import logging

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from gateways.clients import client_of, is_configured
from gateways.models import GatewayAccount
from gateways.providers.protocols import Provider
from generation import lifecycle
from generation.models import Callback, Generation
from net.request_body import read_body

logger = logging.getLogger(__name__)

#: Per generation, of signed and of unsigned ones: one per picture, each with five
#: retries.
MOST_KEPT = 700
KEPT_HEADERS = ("Authorization", "Content-Type", "User-Agent", "TRACE_ID")


@csrf_exempt
@login_not_required
@require_POST
def receive(request: HttpRequest, token: str) -> HttpResponse:
    generations = Generation.objects.select_related("account")
    generation = get_object_or_404(generations, callback_token=token)
    body = read_body(request)
    authorization = request.headers.get("Authorization", "")
    provider = _provider(generation.account)
    if provider and provider.is_forged(authorization):
        logger.warning("A callback for generation %s is forged", generation.pk)
        return HttpResponse(b"success", content_type="text/plain; charset=utf-8")
    is_signed = provider is not None and provider.is_signed(authorization)
    if generation.callbacks.filter(is_signed=is_signed).count() < MOST_KEPT:
        headers = {n: request.headers[n] for n in KEPT_HEADERS if n in request.headers}
        Callback.objects.create(
            generation=generation, body=body, headers=headers, is_signed=is_signed
        )
    lifecycle.make_due(generation)
    return HttpResponse(b"success", content_type="text/plain; charset=utf-8")


def _provider(account: GatewayAccount) -> Provider | None:
    return client_of(account) if is_configured(account) else None
