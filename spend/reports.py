"""What was spent, by day, person and operation: plain sums over transfers.

Amounts are whole numbers of one unit; units are never added up. Days are those of the
portal's time zone, as they stand on the transfers.
"""

import datetime
from dataclasses import dataclass
from typing import Literal

from django.db.models import BigIntegerField, Case, F, Sum, When

from accounts.models import Team
from spend.models import LedgerAccount, Transfer, TransferQuerySet, first_of_month

Kind = Transfer.Kind
Purse = LedgerAccount.Kind
Group = Literal["operation", "user"]
#: Slug of an operation, or key of a person.
Key = str | int | None
Day = datetime.date

#: Account → which movements go in (1) and which go out (-1), as in `spend.ledger`.
FLOWS: dict[str, dict[str, int]] = {
    Purse.ALLOCATION: {Kind.ALLOCATE: -1},
    Purse.AVAILABLE: {
        Kind.ALLOCATE: 1,
        Kind.RESERVE: -1,
        Kind.RESERVE_MORE: -1,
        Kind.SETTLE_MORE: -1,
        Kind.RELEASE: 1,
        Kind.REFUND: 1,
    },
    Purse.RESERVED: {
        Kind.RESERVE: 1,
        Kind.RESERVE_MORE: 1,
        Kind.SETTLE: -1,
        Kind.RELEASE: -1,
        Kind.WRITE_OFF: -1,
    },
    Purse.SPENT: {Kind.SETTLE: 1, Kind.SETTLE_MORE: 1, Kind.REFUND: -1},
    Purse.WRITTEN_OFF: {Kind.WRITE_OFF: 1},
}


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``start`` to ``end``, both included."""

    start: Day
    end: Day

    @property
    def days(self) -> list[Day]:
        count = (self.end - self.start).days + 1
        return [self.start + datetime.timedelta(number) for number in range(count)]

    @property
    def before(self) -> "Period":
        """As many days, ending the day before."""
        end = self.start - datetime.timedelta(1)
        return Period(end - (self.end - self.start), end)


def last_days(count: int, today: Day) -> Period:
    return Period(today - datetime.timedelta(count - 1), today)


def month_of(day: Day) -> Period:
    """The whole month, also the part to come."""
    start = first_of_month(day)
    following = first_of_month(start + datetime.timedelta(31))
    return Period(start, following - datetime.timedelta(1))


def touching(rows: TransferQuerySet, account: str) -> TransferQuerySet:
    """Those that go into an account or out of it."""
    return rows.filter(kind__in=list(FLOWS[account]))


def flow(rows: TransferQuerySet, account: str) -> int:
    """What the rows add to an account; below zero where more went out."""
    return touching(rows, account).aggregate(sum=_net(account))["sum"] or 0


def spending(team: Team, unit: str, period: Period) -> TransferQuerySet:
    """What went to the spent account, and came back, in a period."""
    rows = Transfer.objects.in_team(team).filter(
        unit=unit, day__gte=period.start, day__lte=period.end
    )
    return touching(rows, Purse.SPENT)


def by(rows: TransferQuerySet, group: Group) -> dict[Key, int]:
    """Who or what → what was spent, most first."""
    summed = rows.order_by().values_list(group).annotate(sum=_net(Purse.SPENT))
    return dict(sorted(summed, key=lambda pair: (-pair[1], str(pair[0]))))


def by_day(rows: TransferQuerySet, group: Group) -> dict[Day, dict[Key, int]]:
    """Day → group → what was spent. A day without a movement is not in it."""
    found: dict[Day, dict[Key, int]] = {}
    summed = rows.order_by().values_list("day", group).annotate(sum=_net(Purse.SPENT))
    for day, key, amount in summed:
        found.setdefault(day, {})[key] = amount
    return found


def sign(account: str, kind: str) -> int:
    """1: such a movement goes into the account; -1: out of it; 0: passes it by."""
    return FLOWS.get(account, {}).get(kind, 0)


def _net(account: str) -> Sum:
    out = [kind for kind, sign in FLOWS[account].items() if sign < 0]
    signed = Case(
        When(kind__in=out, then=-F("amount")),
        default=F("amount"),
        output_field=BigIntegerField(),
    )
    return Sum(signed)
