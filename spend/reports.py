"""Spending by day, person, operation, model and team.

Reads daily sums (by trigger): a page costs the same for any number of transfers.
Amounts: whole numbers of one unit. Days: in the portal's time zone.
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db.models import BigIntegerField, Case, F, QuerySet, Sum, When

from accounts.models import Team
from spend import purses
from spend.models import (
    DailySum,
    LedgerAccount,
    Transfer,
    TransferQuerySet,
    first_of_month,
    next_month,
)

Kind = Transfer.Kind
Account = LedgerAccount.Kind
Grain = DailySum.Grain
Group = Literal["operation", "user", "team", "model"]
#: Operation slug, key of a person or team, model code; None: nobody.
Key = str | int | None
Day = datetime.date

#: Account → kind of transfer → sign: 1 in, -1 out (`spend.ledger`).
FLOWS: dict[str, dict[str, int]] = {
    Account.ALLOCATION: {Kind.ALLOCATE: -1, Kind.TAKE_BACK: 1},
    Account.AVAILABLE: {
        Kind.ALLOCATE: 1,
        Kind.RESERVE: -1,
        Kind.RESERVE_MORE: -1,
        Kind.SETTLE_MORE: -1,
        Kind.RELEASE: 1,
        Kind.REFUND: 1,
        Kind.RECOVER: 1,
        Kind.TAKE_BACK: -1,
    },
    Account.RESERVED: {
        Kind.RESERVE: 1,
        Kind.RESERVE_MORE: 1,
        Kind.SETTLE: -1,
        Kind.RELEASE: -1,
        Kind.WRITE_OFF: -1,
    },
    Account.SPENT: {
        Kind.SETTLE: 1,
        Kind.SETTLE_MORE: 1,
        Kind.REFUND: -1,
        Kind.REJECT: -1,
        Kind.RESTORE: 1,
    },
    Account.WRITTEN_OFF: {
        Kind.WRITE_OFF: 1,
        Kind.RECOVER: -1,
        Kind.REJECT: 1,
        Kind.RESTORE: -1,
    },
}


@dataclass(frozen=True, slots=True)
class Period:
    """Both ends included."""

    start: Day
    end: Day

    @property
    def days(self) -> list[Day]:
        count = (self.end - self.start).days + 1
        return [self.start + datetime.timedelta(number) for number in range(count)]

    @property
    def before(self) -> "Period":
        """As many days before ``start``."""
        end = self.start - datetime.timedelta(1)
        return Period(end - (self.end - self.start), end)


def last_days(count: int, today: Day) -> Period:
    return Period(today - datetime.timedelta(count - 1), today)


def month_of(day: Day) -> Period:
    """The whole month, days to come included."""
    return Period(first_of_month(day), next_month(day) - datetime.timedelta(1))


def touching(rows: TransferQuerySet, account: str) -> TransferQuerySet:
    """To or from the account."""
    return rows.filter(kind__in=list(FLOWS[account]))


def flow(rows: TransferQuerySet, account: str) -> int:
    """Net amount into the account."""
    return touching(rows, account).aggregate(sum=_net(account))["sum"] or 0


def flow_by(
    rows: TransferQuerySet, account: str, *columns: str
) -> QuerySet[Transfer, tuple[Any, ...]]:
    """Columns and the net amount into the account, grouped by the columns."""
    grouped = touching(rows, account).values_list(*columns)
    return grouped.annotate(sum=_net(account))


@dataclass(frozen=True, slots=True)
class Spending:
    """``accounts``: ledger account → team. ``filters``: user, operation, model."""

    accounts: Mapping[int, int]
    period: Period
    filters: Mapping[str, Any] = field(default_factory=dict)

    def grain(self, group: Group | None) -> str:
        return Grain.FINE if self.filters else _GRAINS.get(group, Grain.ALL)

    def rows(self, group: Group | None) -> QuerySet[DailySum]:
        return self.rows_of_grains([self.grain(group)])

    def rows_of_grains(self, grains: Iterable[str]) -> QuerySet[DailySum]:
        return DailySum.objects.filter(
            account__in=list(self.accounts),
            grain__in=list(grains),
            day__gte=self.period.start,
            day__lte=self.period.end,
            **self.filters,
        ).order_by()

    def within(self, period: Period) -> "Spending":
        return Spending(self.accounts, period, self.filters)


_COLUMNS = ("user", "operation", "model")
_GRAINS: Mapping[str | None, str] = {
    "user": Grain.USER,
    "operation": Grain.OPERATION,
    "model": Grain.MODEL,
}


def spending(
    teams: Team | Iterable[Team],
    unit: str,
    period: Period,
    gateway: str = "",
    **filters: Any,
) -> Spending:
    """``gateway``: by default the purse in use."""
    accounts = LedgerAccount.objects.filter(
        team__in=[teams] if isinstance(teams, Team) else list(teams),
        unit=unit,
        gateway=gateway or purses.current(unit),
        kind=Account.SPENT,
    )
    return Spending(dict(accounts.values_list("pk", "team")), period, filters)


def totals(spending: Spending) -> dict[Day, int]:
    """Day → amount, for days with transfers."""
    summed = spending.rows(None).values_list("day")
    return dict(summed.annotate(sum=Sum("amount")))


def total(spending: Spending) -> int:
    return sum(totals(spending).values())


def moved_since(accounts: Iterable[int], day: Day) -> dict[int, int]:
    """Account → net amount after ``day``."""
    rows = DailySum.objects.filter(account__in=list(accounts), grain=Grain.ALL)
    summed = rows.filter(day__gt=day).order_by().values_list("account")
    return dict(summed.annotate(sum=Sum("amount")))


def by_account(spending: Spending) -> dict[int, int]:
    rows = spending.rows(None).values_list("account")
    return dict(rows.annotate(sum=Sum("amount")))


def by(spending: Spending, group: Group) -> dict[Key, int]:
    """Key → amount, largest first."""
    return by_each(spending, [group])[group]


def by_each(spending: Spending, groups: Iterable[Group]) -> dict[Group, dict[Key, int]]:
    """`by` for each group, in one query."""
    found: dict[Group, dict[Key, int]] = {group: {} for group in groups}
    wanted: dict[str, list[Group]] = {}
    for group in found:
        wanted.setdefault(spending.grain(group), []).append(group)
    rows = spending.rows_of_grains(wanted).values_list("grain", "account", *_COLUMNS)
    for grain, account, *keys, amount in rows.annotate(sum=Sum("amount")):
        columns = dict(zip(_COLUMNS, keys, strict=True))
        for group in wanted[grain]:
            own = _key(spending, group, account, columns.get(group))
            found[group][own] = found[group].get(own, 0) + amount
    return {group: _largest_first(amounts) for group, amounts in found.items()}


def by_day(spending: Spending, group: Group) -> dict[Day, dict[Key, int]]:
    """Day → key → amount, for days with transfers."""
    found: dict[Day, dict[Key, int]] = {}
    columns = ["day", "account", *(column for column in _COLUMNS if column == group)]
    rows = spending.rows(group).values_list(*columns).annotate(sum=Sum("amount"))
    for day, account, *keys, amount in rows:
        of_day = found.setdefault(day, {})
        own = _key(spending, group, account, keys[0] if keys else None)
        of_day[own] = of_day.get(own, 0) + amount
    return found


def _largest_first(amounts: Mapping[Key, int]) -> dict[Key, int]:
    return dict(sorted(amounts.items(), key=lambda pair: (-pair[1], str(pair[0]))))


def _key(spending: Spending, group: Group, account: int, key: Key) -> Key:
    if group == "team":
        return spending.accounts[account]
    # Daily sums write 0 for no user.
    return (key or None) if group == "user" else key


def sign(account: str, kind: str) -> int:
    """1: into the account; -1: out; 0: neither."""
    return FLOWS.get(account, {}).get(kind, 0)


def _net(account: str) -> Sum:
    out = [kind for kind, sign in FLOWS[account].items() if sign < 0]
    signed = Case(
        When(kind__in=out, then=-F("amount")),
        default=F("amount"),
        output_field=BigIntegerField(),
    )
    return Sum(signed)
