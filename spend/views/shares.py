"""Who and what had which part of the spending: rows of tables, bars of a chart."""

import datetime
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import User
from spend import reports
from spend.models import LedgerAccount
from spend.views import charts
from spend.views.asked import Asked

SPENT = LedgerAccount.Kind.SPENT
#: Colours of the chart; what comes after the last is one part, "others".
SERIES = 6


@dataclass(frozen=True, slots=True)
class Part:
    """One row of a table. ``percent`` is of all that was spent."""

    key: reports.Key
    words: str
    amount: int
    percent: int
    link: str


@dataclass(frozen=True, slots=True)
class Cell:
    amount: int
    link: str


@dataclass(frozen=True, slots=True)
class DayRow:
    day: datetime.date
    cells: list[Cell]
    total: Cell


@dataclass(frozen=True, slots=True)
class ByDay:
    """``columns``: the words of each series; ``rows``: newest day first."""

    chart: charts.Chart
    columns: list[str]
    rows: list[DayRow]


def parts(asked: Asked, group: reports.Group) -> list[Part]:
    """Most first."""
    amounts = reports.by(asked.rows, group)
    whole, words = sum(amounts.values()), _words(amounts, group)
    return [
        Part(
            key,
            words[key],
            amount,
            round(amount * 100 / whole) if whole > 0 else 0,
            _link(asked, group, key),
        )
        for key, amount in amounts.items()
    ]


def by_day(asked: Asked) -> ByDay:
    found = parts(asked, asked.group)
    shown, rest = found[:SERIES], found[SERIES:]
    columns = [part.words for part in shown] + ([_("others")] if rest else [])
    amounts = asked.amounts_by_day()
    days = asked.period.days
    series = {
        day: _series(amounts.get(day, {}), shown, has_rest=bool(rest)) for day in days
    }
    rows = [_day_row(asked, day, series[day], shown) for day in reversed(days)]
    return ByDay(charts.stacked(days, series, columns), columns, rows)


def _series(
    amounts: dict[reports.Key, int], shown: list[Part], *, has_rest: bool
) -> list[int]:
    own = [amounts.get(part.key, 0) for part in shown]
    return [*own, sum(amounts.values()) - sum(own)] if has_rest else own


def _day_row(
    asked: Asked, day: datetime.date, series: list[int], shown: list[Part]
) -> DayRow:
    one = reports.Period(day, day)
    cells = [
        Cell(amount, _link(asked, asked.group, part.key, one))
        for amount, part in zip(series, shown, strict=False)
    ]
    cells += [Cell(amount, "") for amount in series[len(shown) :]]
    return DayRow(day, cells, Cell(sum(series), asked.link_to(SPENT, one)))


def _link(
    asked: Asked,
    group: reports.Group,
    key: reports.Key,
    period: reports.Period | None = None,
) -> str:
    return asked.link_to(SPENT, period or asked.period, **{group: key}) if key else ""


def _words(
    keys: dict[reports.Key, int], group: reports.Group
) -> dict[reports.Key, str]:
    """A person's name; an operation as it is called in the books."""
    if group == "operation":
        return {key: str(key) for key in keys}
    people = User.objects.in_bulk([key for key in keys if key is not None])
    return {key: people[key].display_name if key in people else "" for key in keys}
