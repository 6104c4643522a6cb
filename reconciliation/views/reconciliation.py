"""Reconciliation for owners: summaries, differences of all teams, runs, threshold."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, owners_only
from accounts.paging import page
from gateways import balance_alerts
from gateways.clients import bookkeeper
from gateways.models import GatewayAccount
from reconciliation import runs, summary, tasks
from reconciliation.difference_filter import ALL, CLOSED, OPEN, DifferenceFilter
from reconciliation.forms import ThresholdForm
from reconciliation.models import Difference, Reconciliation

PAGE = 30
SHOWN_RUNS = 10
STATES = {
    OPEN: gettext_lazy("Open"),
    CLOSED: gettext_lazy("Closed"),
    ALL: gettext_lazy("All"),
}


@require_GET
@never_cache
@owners_only
def reconciliation(request: MemberRequest) -> HttpResponse:
    return _page(request)


def _page(
    request: MemberRequest, refused: ThresholdForm | None = None, account: int = 0
) -> HttpResponse:
    """``refused``: a threshold of this account, with what was typed."""
    chosen = DifferenceFilter.of(request.GET.dict())
    accounts = summary.configured_accounts()
    rows = Difference.objects.filter(account__in=accounts)
    differences = chosen.apply(rows).select_related("account", "task")
    runs = Reconciliation.objects.filter(account__in=accounts)
    shown = {
        "summaries": summary.of_accounts(accounts),
        "found": page(differences, request.GET.get("before", ""), PAGE),
        "chosen": chosen,
        "states": STATES,
        "kinds": Difference.Kind.choices,
        "accounts": accounts,
        "runs": runs.select_related("account", "asked_by").order_by("-pk")[:SHOWN_RUNS],
        "silent": [one for one in accounts if bookkeeper(one) is None],
        "refused": refused,
        "refused_account": account,
    }
    status = 422 if refused else 200
    return render(request, "reconciliation/reconciliation.html", shown, status=status)


@require_GET
@never_cache
@owners_only
def account_summary(request: MemberRequest, pk: int) -> HttpResponse:
    """Polled while a run is running."""
    return _card(request, _account(pk))


@require_POST
@owners_only
def reconcile(request: MemberRequest, pk: int) -> HttpResponse:
    """Start a run, or continue the running one."""
    account = _account(pk)
    with transaction.atomic():
        run = runs.start(account, asked_by=request.user)
        transaction.on_commit(lambda: tasks.nudge(run.pk))
    if request.htmx:
        return _card(request, account)
    return redirect("reconciliation:reconciliation")


@require_POST
@owners_only
def set_threshold(request: MemberRequest, pk: int) -> HttpResponse:
    account = _account(pk)
    form = ThresholdForm(request.POST)
    if not form.is_valid():
        return _page(request, form, account.pk)
    below = form.cleaned_data["alert_below"]
    balance_alerts.set_threshold(account, below, by=request.user)
    if below is None:
        messages.success(request, _("Nobody is told of a low balance any more."))
    else:
        messages.success(request, _("The low-balance alert is set."))
    return redirect("reconciliation:reconciliation")


def _account(pk: int) -> GatewayAccount:
    return get_object_or_404(
        GatewayAccount, pk__in=[row.pk for row in summary.configured_accounts()], pk=pk
    )


def _card(request: MemberRequest, account: GatewayAccount) -> HttpResponse:
    (found,) = summary.of_accounts([account])
    context = {"summary": found, "is_part": True}
    return render(request, "reconciliation/_summary.html", context)
