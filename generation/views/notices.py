"""What a gateway says of its own faults, at an address that is registered with it."""

import logging

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from generation import catalogue, notices
from generation.clients import client
from generation.views.callbacks import read_body

logger = logging.getLogger(__name__)


@csrf_exempt
@login_not_required
@require_POST
def notice(request: HttpRequest, name: str, token: str) -> HttpResponse:
    """Answered alike whatever came: who forges it learns nothing."""
    if not notices.is_token(name, token):
        raise Http404
    provider = client(name)
    if provider.is_forged(request.headers.get("Authorization", "")):
        logger.warning("A fault notice for %s is forged", name)
    elif told := provider.notice(read_body(request)):
        notices.take(catalogue.account(name), told)
    return HttpResponse(b"success", content_type="text/plain")
