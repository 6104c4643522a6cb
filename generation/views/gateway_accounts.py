"""The gateways page for admins."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, owners_only
from gateways import fault_notices, pausing
from gateways.clients import is_configured
from gateways.models import AccountHealth, GatewayAccount
from generation.forms import LimitsForm
from generation.lifecycle import draining
from generation.models import Lease
from generation.presenters import gateway_accounts as presenter

Sending = AccountHealth.Sending
MOVES = {
    Sending.ACTIVE.value: pausing.resume,
    Sending.PAUSED.value: pausing.pause,
    Sending.DRAINING.value: draining.drain,
}


@require_GET
@never_cache
@owners_only
def gateways(request: MemberRequest) -> HttpResponse:
    context = _context() | {
        "notices": fault_notices.latest(),
        "notice_addresses": [
            a for a in map(fault_notices.address, settings.GATEWAYS) if a
        ],
    }
    return render(request, "generation/gateways.html", context)


@require_POST
@owners_only
def sending(request: MemberRequest, pk: int) -> HttpResponse:
    """Pause, drain or resume."""
    account = _account_or_404(pk)
    to = request.POST.get("to", "")
    if to not in MOVES:
        raise Http404
    if to == account.health.sending:
        messages.info(request, _("It was so already."))
    elif MOVES[to](account, by=request.user):
        messages.success(request, presenter.moved_words(to))
    else:
        told = _("Somebody changed it in the meantime. Look at it again.")
        messages.warning(request, told)
    return _answer(request, account.pk)


@require_POST
@owners_only
def limits(request: MemberRequest, pk: int) -> HttpResponse:
    """Fields that are not in the form stay as they are."""
    account = _account_or_404(pk)
    before = {field: getattr(account, field) for field in pausing.LIMIT_FIELDS}
    typed = {field: "" if value is None else value for field, value in before.items()}
    form = presenter.limits_form(account, typed | request.POST.dict())
    if not form.is_valid():
        return _answer(request, pk, form, status=422)
    row = _account_or_404(pk)  # the form has changed its own instance
    if pausing.set_limits(row, form.cleaned_data, by=request.user):
        messages.success(request, _("Changed. It counts from the next request on."))
    return _answer(request, pk)


def _account_or_404(pk: int) -> GatewayAccount:
    account = get_object_or_404(GatewayAccount, pk=pk)
    if not is_configured(account):
        raise Http404
    return account


def _answer(
    request: MemberRequest, pk: int, form: LimitsForm | None = None, status: int = 200
) -> HttpResponse:
    """The account's card; without htmx the page."""
    if not request.htmx and form is None:
        return redirect("generation:gateways")
    context = _context(form)
    if not request.htmx:
        return render(request, "generation/gateways.html", context, status=status)
    shown = (one for one in context["gateways"] if one.account)
    context["gateway"] = next(one for one in shown if one.account.pk == pk)
    return render(request, "generation/_gateway_changed.html", context, status=status)


def _context(form: LimitsForm | None = None) -> dict[str, Any]:
    return {
        "gateways": list(presenter.gateways(form)),
        "pump": Lease.objects.filter(name="pump").first(),
        "most": presenter.MOST_COUNTED,
    }
