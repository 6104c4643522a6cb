import logging

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from gateways import catalogue, fault_notices
from gateways.clients import client
from net.request_body import read_body

logger = logging.getLogger(__name__)


@csrf_exempt
@login_not_required
@require_POST
def notice(request: HttpRequest, name: str, token: str) -> HttpResponse:
    """Always the same answer: a forger learns nothing."""
    if not fault_notices.is_token(name, token):
        raise Http404
    provider = client(name)
    if provider.is_forged(request.headers.get("Authorization", "")):
        logger.warning("A fault notice for %s is forged", name)
    elif told := provider.notice(read_body(request)):
        fault_notices.take(catalogue.account(name), told)
    return HttpResponse(b"success", content_type="text/plain; charset=utf-8")
