"""Closes a team's month, with a statement of balances.

The database then refuses transfers of the month (`spend.triggers`); a late correction
is a transfer in the month of discovery.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from accounts.models import Team, User
from log import chain
from spend import reports
from spend.models import ClosedMonth, LedgerAccount, Transfer, first_of_month

COLUMNS = ("opening", "came_in", "went_out", "closing")
#: A purse: ``gateway``, ``unit``, ``accounts`` (kind → `COLUMNS`), ``people``,
#: ``operations`` (name, spent amount).
Entry = dict[str, Any]


class StillRunning(Exception):
    """The month is not over."""


def close(team: Team, month: datetime.date, *, by: User) -> ClosedMonth:
    """Raises StillRunning, or IntegrityError for a closed month."""
    period = reports.month_of(month)
    with transaction.atomic():
        # Wait for transactions that may still write to the month.
        list(LedgerAccount.objects.select_for_update().filter(team=team).order_by("pk"))
        if period.end >= timezone.localdate():
            raise StillRunning
        closed = ClosedMonth.objects.create(
            team=team,
            start=period.start,
            end=period.end,
            statement=statement(team, period),
            closed_by=by,
        )
        facts = {"start": str(period.start), "end": str(period.end)}
        kind = chain.Kind.MONTH
        chain.append(chain.Event(team.pk, kind, by.pk, facts=facts, row=closed))
    return closed


def months(team: Team, today: datetime.date) -> list[datetime.date]:
    """First days of past months since the first transfer, newest first."""
    first = Transfer.objects.in_team(team).order_by("day").values_list("day").first()
    found = []
    month = first_of_month(first_of_month(today) - datetime.timedelta(1))
    while first and month >= first_of_month(first[0]):
        found.append(month)
        month = first_of_month(month - datetime.timedelta(1))
    return found


@dataclass(frozen=True, slots=True)
class Unsettled:
    """``amount``, in ``unit``, held back for so many generations."""

    unit: str
    generations: int
    amount: int


def unsettled(team: Team, end: datetime.date) -> list[Unsettled]:
    """Reserved up to the day and not settled so far: the cost will be of the month in
    which it is known."""
    own = Transfer.objects.in_team(team)
    begun = own.filter(kind=Transfer.Kind.RESERVE, day__lte=end).values("generation")
    rows = own.filter(generation__in=begun).order_by()
    found: dict[str, list[int]] = {}
    for _generation, unit, held in reports.flow_by(
        rows, LedgerAccount.Kind.RESERVED, "generation", "unit"
    ):
        if held > 0:
            found.setdefault(unit, []).append(held)
    return [Unsettled(unit, len(held), sum(held)) for unit, held in found.items()]


def statement(team: Team, period: reports.Period) -> list[Entry]:
    """Per purse with transfers up to the period, by gateway and unit."""
    rows = Transfer.objects.in_team(team).filter(day__lte=period.end)
    moved = {side: _moved(rows, side, period) for side in ("destination", "source")}
    entries: dict[tuple[str, str], Entry] = {}
    for account in LedgerAccount.objects.filter(team=team).order_by("gateway", "unit"):
        came, went = (moved[side].get(account.pk, (0, 0)) for side in moved)
        opening = came[0] - went[0]
        key = (account.gateway, account.unit)
        entry = entries.setdefault(
            key, {"gateway": account.gateway, "unit": account.unit, "accounts": {}}
        )
        entry["accounts"][account.kind] = {
            "opening": opening,
            "came_in": came[1],
            "went_out": went[1],
            "closing": opening + came[1] - went[1],
        }
    found = [entry for entry in entries.values() if _has_moved(entry)]
    for entry in found:
        entry["people"] = _spent(team, entry, period, "user")
        entry["operations"] = _spent(team, entry, period, "operation")
    return found


def _moved(rows: Any, side: str, period: reports.Period) -> dict[int, tuple[int, int]]:
    """Account → (amount before, amount in the period)."""
    before, within = Q(day__lt=period.start), Q(day__gte=period.start)
    summed = rows.order_by().values_list(side)
    return {
        account: (earlier or 0, then or 0)
        for account, earlier, then in summed.annotate(
            earlier=Sum("amount", filter=before), then=Sum("amount", filter=within)
        )
    }


def _has_moved(entry: Entry) -> bool:
    return any(
        each["closing"] or each["came_in"] or each["went_out"]
        for each in entry["accounts"].values()
    )


def _spent(
    team: Team, entry: Entry, period: reports.Period, group: reports.Group
) -> list[list[Any]]:
    """[name, spent amount], largest first."""
    spending = reports.spending(team, entry["unit"], period, entry["gateway"])
    amounts = reports.by(spending, group)
    names: dict[Any, str] = {}
    if group == "user":
        people = User.objects.in_bulk([key for key in amounts if key is not None])
        names = {key: user.display_name for key, user in people.items()}
    return [[names.get(key, str(key or "")), amount] for key, amount in amounts.items()]
