"""Every movement behind a number, newest first, as the address chooses them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, admins_only
from accounts.models import Team, User
from accounts.paging import page
from spend import reports
from spend.csv_export import as_csv
from spend.forms import TransferFilter
from spend.models import LedgerAccount, Transfer, TransferQuerySet
from spend.units import Unit

PAGE = 50
#: Columns of the CSV, and what stands above them.
COLUMNS = {
    "created_at": _("time"),
    "kind": _("movement"),
    "amount": _("amount"),
    "unit": _("unit"),
    "user__username": _("person"),
    "operation": _("operation"),
    "model": _("model"),
    "provider": _("provider"),
    "generation": _("generation"),
    "reference": _("reference"),
    "note": _("note"),
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """The movements that an address chooses."""

    rows: TransferQuerySet
    asked: dict[str, Any]
    team: Team

    @property
    def person(self) -> str:
        """Whose they are, if somebody is chosen."""
        key = self.asked["user"]
        user = User.objects.filter(pk=key, transfers__team=self.team).first()
        return user.display_name if user else str(key or "")

    @property
    def sum(self) -> int | None:
        """What they add to the chosen account; without an account, or in two units,
        there is no such number."""
        account, unit = self.asked["account"], self.asked["unit"]
        return reports.flow(self.rows, account) if account and unit else None


@require_GET
@admins_only
def transfers(request: MemberRequest) -> HttpResponse:
    chosen = _chosen(request)
    rows = chosen.rows.select_related("user", "source", "destination")
    found = page(rows, request.GET.get("before", ""), PAGE)
    account = chosen.asked["account"]
    for row in found.rows:
        row.sign = reports.sign(account, row.kind)  # type: ignore[attr-defined]
    shown = {
        "page": found,
        "asked": chosen.asked,
        "sum": chosen.sum,
        "account": LedgerAccount.Kind(account).label if account else "",
        "person": chosen.person if chosen.asked["user"] else "",
        "team": chosen.team if chosen.team != request.membership.team else None,
        "units": Unit.choices,
        "kinds": Transfer.Kind.choices,
    }
    return render(request, "spend/transfers.html", shown)


@require_GET
@admins_only
def transfers_csv(request: MemberRequest) -> StreamingHttpResponse:
    return as_csv("transfers", _csv_rows(_chosen(request).rows))


def _chosen(request: MemberRequest) -> Chosen:
    """An address that cannot be read shows nothing, rather than other movements."""
    form = TransferFilter(request.GET)
    if not form.is_valid():
        raise Http404
    team = _team(request, form.cleaned_data["team"])
    rows = Transfer.objects.visible_to(request.user).in_team(team)
    rows = rows.filter(**form.conditions())
    if account := form.cleaned_data["account"]:
        rows = reports.touching(rows, account)
    return Chosen(rows, form.cleaned_data, team)


def _team(request: MemberRequest, key: int | None) -> Team:
    """The one they work in, or another that they answer for."""
    if key is None:
        return request.membership.team
    for each in request.memberships:
        if each.team_id == key and each.can_administer:
            return each.team
    raise Http404


def _csv_rows(rows: TransferQuerySet) -> Iterator[list[object]]:
    yield list(COLUMNS.values())
    ordered = rows.order_by("-created_at", "-pk").values_list(*COLUMNS)
    for at, *rest in ordered.iterator(chunk_size=1000):
        yield [localtime(at).isoformat(timespec="seconds"), *rest]
