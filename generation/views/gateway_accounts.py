"""The gateways as admins see them: do they answer, what is left, what is under way; and
what is sent where: pause, drain, resume, weight and limits."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, admins_only
from accounts.models import Team
from gateways import catalogue, fault_notices, pausing
from gateways.clients import is_configured, provider_of
from gateways.models import AccountChange, GatewayAccount
from generation.lifecycle import account_load, draining
from generation.models import Generation, Lease, ProviderTask
from generation.presenters import at_risk

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[GatewayAccount]
else:
    ModelForm = forms.ModelForm

#: Counting stops here: "1 000+".
MOST_COUNTED = 1000
#: So many of the latest changes of each account are shown.
MOST_CHANGES = 3
Sending = GatewayAccount.Sending

FIELD_WORDS = {
    "sending": gettext_lazy("state"),
    "weight": gettext_lazy("weight"),
    "most_open": gettext_lazy("pictures at a time"),
    "most_a_second": gettext_lazy("requests a second"),
}


class LimitsForm(ModelForm):
    class Meta:
        model = GatewayAccount
        fields = pausing.FIELDS


@dataclass(frozen=True, slots=True)
class Change:
    """One line of an account's latest changes, and what would undo it."""

    row: AccountChange
    is_latest: bool

    @property
    def what(self) -> str:
        return str(FIELD_WORDS.get(self.row.field, self.row.field))

    @property
    def before(self) -> str:
        return self._words(self.row.before)

    @property
    def after(self) -> str:
        return self._words(self.row.after)

    def _words(self, value: str) -> str:
        if self.row.field == "sending":
            return str(dict(Sending.choices).get(value, value))
        return value or _("none")


@dataclass(frozen=True, slots=True)
class Gateway:
    """``account`` is None until the cluster has spoken to it for the first time;
    ``uncertain`` are those of the team alone, for its admins decide on them."""

    name: str
    provider: str
    host: str
    account: GatewayAccount | None
    queued: int
    under_way: int
    uncertain: int
    form: LimitsForm | None = None
    usual_rate: float = account_load.MOST_A_SECOND

    @property
    def number(self) -> int:
        """Of a gateway's accounts, which."""
        return int(self.name.partition("-")[2] or 1)

    @property
    def is_drained(self) -> bool:
        """Only where it is to be."""
        account = self.account
        return bool(
            account
            and account.sending == Sending.DRAINING
            and not self.under_way
            and draining.is_drained(account)
        )

    @property
    def changes(self) -> list[Change]:
        rows = self.account.latest_changes if self.account else []  # type: ignore[attr-defined]
        return [Change(row, index == 0) for index, row in enumerate(rows)]


@require_GET
@never_cache
@admins_only
def gateways(request: MemberRequest) -> HttpResponse:
    context = _page(request) | {
        "notices": fault_notices.latest(),
        "notice_addresses": [
            a for a in map(fault_notices.address, settings.GATEWAYS) if a
        ],
    }
    return render(request, "generation/gateways.html", context)


@require_POST
@admins_only
def sending(request: MemberRequest, pk: int) -> HttpResponse:
    """Pause, drain or resume an account."""
    account = _in_use(pk)
    to = request.POST.get("to", "")
    if to not in Sending.values:
        raise Http404
    if to == account.sending:
        messages.info(request, _("It was so already."))
    elif draining.send_there(account, to, by=request.user):
        messages.success(request, _said(to))
    else:
        told = _("Somebody changed it in the meantime. Look at it again.")
        messages.warning(request, told)
    return _answer(request, account.pk)


@require_POST
@admins_only
def limits(request: MemberRequest, pk: int) -> HttpResponse:
    """Set weight and limits; fields that are not in the form stay as they are."""
    account = _in_use(pk)
    before = {field: getattr(account, field) for field in pausing.FIELDS}
    typed = {field: "" if value is None else value for field, value in before.items()}
    data = typed | request.POST.dict()
    form = LimitsForm(data, instance=account, auto_id=_ids(account))
    if not form.is_valid():
        return _answer(request, pk, form, status=422)
    row = _in_use(pk)  # as it was, not as the form left it
    if pausing.change(row, form.cleaned_data, by=request.user):
        messages.success(request, _("Changed. It counts from the next request on."))
    return _answer(request, pk)


def _said(to: str) -> str:
    match to:
        case Sending.PAUSED:
            return _("Paused: nothing is sent there. What is there is fetched.")
        case Sending.DRAINING:
            return _("Draining: nothing new is sent there, until nothing is left.")
    return _("In use again.")


def _ids(account: GatewayAccount) -> str:
    """There is one form an account on the page."""
    return f"account-{account.pk}-%s"


def _in_use(pk: int) -> GatewayAccount:
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
    context = _page(request, form)
    if not request.htmx:
        return render(request, "generation/gateways.html", context, status=status)
    shown = (one for one in context["gateways"] if one.account)
    context["gateway"] = next(one for one in shown if one.account.pk == pk)
    return render(request, "generation/_gateway_changed.html", context, status=status)


def _page(request: MemberRequest, form: LimitsForm | None = None) -> dict[str, Any]:
    return {
        "gateways": list(_gateways(request.membership.team, form)),
        "pump": Lease.objects.filter(name="pump").first(),
        "most": MOST_COUNTED,
        "at_risk": _at_risk(request.membership.team),
    }


def _at_risk(team: Team) -> int:
    counted = MOST_COUNTED + 1
    pictures, tasks = at_risk.unarchived(team), at_risk.lingering(team)
    return pictures[:counted].count() + tasks[:counted].count()


def _gateways(team: Team, typed: LimitsForm | None = None) -> Iterator[Gateway]:
    latest = AccountChange.objects.select_related("changed_by").order_by("-pk")
    changes = Prefetch("changes", latest[:MOST_CHANGES], to_attr="latest_changes")
    found = GatewayAccount.objects.select_related("paused_by").prefetch_related(changes)
    rows = {(row.provider, row.app_id): row for row in found}
    for name, options in settings.GATEWAYS.items():
        account = rows.get((provider_of(name), options["app_id"]))
        yield _gateway(name, account, team, typed)


def _gateway(
    name: str, account: GatewayAccount | None, team: Team, typed: LimitsForm | None
) -> Gateway:
    generations = Generation.objects.filter(account=account)
    # The queue is the gateway's: each account takes from it what falls to it.
    queued = Generation.objects.queued().filter(provider=provider_of(name))
    open_tasks = ProviderTask.objects.filter(
        account=account, status__in=ProviderTask.OPEN, poll_after__isnull=False
    )
    uncertain = generations.in_team(team).uncertain()
    form = typed if typed and typed.instance == account else None
    if account and form is None:
        form = LimitsForm(instance=account, auto_id=_ids(account))
    return Gateway(
        name=name,
        provider=provider_of(name),
        host=urlsplit(settings.GATEWAYS[name]["base_url"]).netloc,
        account=account,
        queued=queued.filter(catalogue.configured())[: MOST_COUNTED + 1].count(),
        under_way=open_tasks[: MOST_COUNTED + 1].count(),
        uncertain=uncertain[: MOST_COUNTED + 1].count(),
        form=form,
    )
