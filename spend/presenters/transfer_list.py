"""Transfers that an address selects: rows, sum, CSV."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts.access import MemberRequest
from accounts.models import Team, User
from spend import reports
from spend.forms import TransferFilter
from spend.models import LedgerAccount, Transfer, TransferQuerySet

CSV_COLUMNS = {
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
CSV_ROWS_A_READ = 1000


@dataclass(frozen=True, slots=True)
class TransferList:
    """``filters``: cleaned data of `TransferFilter`."""

    rows: TransferQuerySet
    filters: dict[str, Any]
    team: Team

    @property
    def person(self) -> str:
        """Name of the user filter, or its key."""
        key = self.filters["user"]
        if not key:
            return ""
        user = User.objects.filter(pk=key, transfers__team=self.team).first()
        return user.display_name if user else str(key)

    @property
    def account_words(self) -> str:
        account = self.filters["account"]
        return str(LedgerAccount.Kind(account).label) if account else ""

    @property
    def sum(self) -> int | None:
        """Net amount; None without an account and a unit."""
        account, unit = self.filters["account"], self.filters["unit"]
        return reports.flow(self.rows, account) if account and unit else None

    def sign(self, row: Transfer) -> int:
        return reports.sign(self.filters["account"], row.kind)


def selected(request: MemberRequest) -> TransferList:
    """Raises Http404 for an unreadable address, rather than show others."""
    form = TransferFilter(request.GET)
    if not form.is_valid():
        raise Http404
    team = _team(request, form.cleaned_data["team"])
    rows = Transfer.objects.visible_to(request.user).in_team(team)
    rows = rows.filter(**form.conditions())
    if account := form.cleaned_data["account"]:
        rows = reports.touching(rows, account)
    return TransferList(rows, form.cleaned_data, team)


def csv_rows(rows: TransferQuerySet) -> Iterator[list[object]]:
    yield list(CSV_COLUMNS.values())
    ordered = rows.order_by("-created_at", "-pk").values_list(*CSV_COLUMNS)
    for at, *rest in ordered.iterator(chunk_size=CSV_ROWS_A_READ):
        yield [localtime(at).isoformat(timespec="seconds"), *rest]


def _team(request: MemberRequest, key: int | None) -> Team:
    if key is None:
        return request.membership.team
    for each in request.memberships:
        if each.team_id == key and each.can_administer:
            return each.team
    raise Http404
