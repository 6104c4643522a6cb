"""Where the gateways' books and ours stand, and where they differ; for admins."""

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, admins_only
from accounts.paging import page
from gateways.clients import bookkeeper, is_configured
from gateways.models import GatewayAccount
from reconciliation import runs, summary, tasks
from reconciliation.models import Difference, Reconciliation

PAGE = 30
#: So many runs are shown.
RUNS = 10
#: Larger than any real one, smaller than what a database column holds.
MOST = 1_000_000_000_000
STATES = {
    "open": gettext_lazy("Open"),
    "closed": gettext_lazy("Closed"),
    "all": gettext_lazy("All"),
}


class ThresholdForm(forms.Form):
    alert_below = forms.IntegerField(
        label=gettext_lazy("Tell admins when less is left"),
        required=False,
        min_value=0,
        max_value=MOST,
        help_text=gettext_lazy("Empty: nobody is told."),
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address chooses; what nobody offers is read as the first choice."""

    state: str
    kind: str
    account: str

    @classmethod
    def of(cls, request: MemberRequest) -> "Asked":
        state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
        account = request.GET.get("gateway", "")
        return cls(
            state=state if state in STATES else "open",
            kind=kind if kind in Difference.Kind.values else "",
            account=account if account.isdecimal() and len(account) < 10 else "",
        )

    def choose(self, rows: QuerySet[Difference]) -> QuerySet[Difference]:
        if self.state != "all":
            rows = rows.filter(status=self.state)
        if self.kind:
            rows = rows.filter(kind=self.kind)
        if self.account:
            rows = rows.filter(account=int(self.account))
        return rows


@require_GET
@never_cache
@admins_only
def reconciliation(request: MemberRequest) -> HttpResponse:
    team, asked = request.membership.team, Asked.of(request)
    accounts = used_accounts()
    rows = Difference.objects.in_team(team).filter(account__in=accounts)
    chosen = asked.choose(rows).select_related("account", "task")
    runs = Reconciliation.objects.filter(account__in=accounts)
    shown = {
        "summaries": summary.of(accounts, team),
        "found": page(chosen, request.GET.get("before", ""), PAGE),
        "asked": asked,
        "states": STATES,
        "kinds": Difference.Kind.choices,
        "accounts": accounts,
        "runs": runs.select_related("account", "asked_by").order_by("-pk")[:RUNS],
        "silent": [one for one in accounts if bookkeeper(one) is None],
    }
    return render(request, "reconciliation/reconciliation.html", shown)


def used_accounts() -> list[GatewayAccount]:
    """Those that we have credentials for just now."""
    rows = GatewayAccount.objects.order_by("pk")
    return [row for row in rows if is_configured(row)]


@require_GET
@never_cache
@admins_only
def account_summary(request: MemberRequest, pk: int) -> HttpResponse:
    """The card of one account, asked for again while a run is under way."""
    return _card(request, _account(pk))


@require_POST
@admins_only
def reconcile(request: MemberRequest, pk: int) -> HttpResponse:
    """Run now; one that is under way goes on."""
    account = _account(pk)
    with transaction.atomic():
        run = runs.begin(account, asked_by=request.user)
        transaction.on_commit(lambda: tasks.nudge(run.pk))
    if request.htmx:
        return _card(request, account)
    return redirect("reconciliation:reconciliation")


@require_POST
@admins_only
def set_threshold(request: MemberRequest, pk: int) -> HttpResponse:
    account = _account(pk)
    form = ThresholdForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("That is not a number."))
    else:
        account.alert_below = form.cleaned_data["alert_below"]
        account.save(update_fields=["alert_below"])
        messages.success(request, _("The threshold is set."))
    return redirect("reconciliation:reconciliation")


def _account(pk: int) -> GatewayAccount:
    return get_object_or_404(
        GatewayAccount, pk__in=[row.pk for row in used_accounts()], pk=pk
    )


def _card(request: MemberRequest, account: GatewayAccount) -> HttpResponse:
    (found,) = summary.of([account], request.membership.team)
    context = {"summary": found, "is_part": True}
    return render(request, "reconciliation/_summary.html", context)
