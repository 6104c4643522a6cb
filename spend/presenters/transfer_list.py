"""Transfers that an address selects: rows, sum, CSV."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import Http404, QueryDict
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.access import MemberRequest
from accounts.models import Team, User
from spend import reports
from spend.forms import TransferFilter
from spend.models import DailySum, LedgerAccount, Transfer, TransferQuerySet
from spend.presenters.filter_chips import Chip, chip
from spend.units import Unit

CSV_COLUMNS = {
    "created_at": _("time"),
    "kind": _("transaction"),
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


@dataclass(frozen=True)
class TransferList:
    """``filters``: cleaned data of ``form``."""

    rows: TransferQuerySet
    form: TransferFilter
    team: Team

    @property
    def filters(self) -> dict[str, Any]:
        empty = dict.fromkeys(self.form.fields)
        return {**empty, **self.form.cleaned_data}

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

    def chips(self, address: QueryDict, current: Team) -> list[Chip]:
        """``current``: the team that needs no chip."""
        words: dict[str, object] = {**self.filters, "person": "", "days": ""}
        kind, unit = self.filters["kind"], self.filters["unit"]
        days = [self.filters["since"], self.filters["until"]]
        generation = self.filters["generation"]
        words |= {
            "team": "" if self.team == current else self.team,
            "kind": Transfer.Kind(kind).label if kind else "",
            "unit": Unit(unit).label if unit else "",
            "user": self.person,
            "account": gettext("Account: %s") % self.account_words
            if self.account_words
            else "",
            "generation": gettext("Generation %s") % generation if generation else "",
        }
        found = [
            chip(address, said, [name], name)
            for name, said in words.items()
            if said and name not in ("since", "until")
        ]
        if any(days):
            span = " – ".join(str(day or "…") for day in days)
            found.append(chip(address, span, ["since", "until"]))
        return found

    @cached_property
    def people(self) -> list[User]:
        """To choose from: in the team."""
        rows = User.objects.filter(memberships__team=self.team)
        return list(rows.order_by("username"))

    @cached_property
    def operations(self) -> list[str]:
        sums = DailySum.objects.filter(account__team=self.team, grain="operation")
        return sorted(set(sums.values_list("operation", flat=True)) - {""})

    @cached_property
    def gateways(self) -> list[str]:
        rows = LedgerAccount.objects.filter(team=self.team)
        return sorted(set(rows.values_list("gateway", flat=True)) - {""})

    @property
    def sum(self) -> int | None:
        """Net amount; None without an account and a unit."""
        account, unit = self.filters["account"], self.filters["unit"]
        return reports.flow(self.rows, account) if account and unit else None

    def sign(self, row: Transfer) -> int:
        return reports.sign(self.filters["account"], row.kind)


def selected(request: MemberRequest) -> TransferList:
    """Raises Http404 for an unreadable address, rather than show others. Days
    that are none select nothing: the form says which."""
    form = TransferFilter(request.GET, auto_id="filter-%s")
    if not form.is_valid() and not form.is_readable:
        raise Http404
    team = _team(request, form.cleaned_data["team"])
    rows = Transfer.objects.visible_to(request.user).in_team(team)
    rows = rows.filter(**form.conditions()) if form.is_valid() else rows.none()
    if account := form.cleaned_data["account"]:
        rows = reports.touching(rows, account)
    return TransferList(rows, form, team)


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
