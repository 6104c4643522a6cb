"""Shares of the spending: table rows, bars by day, CSV."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from spend import reports
from spend.presenters import charts
from spend.query import SpendQuery

#: Group → table title, in page order.
TABLES: dict[reports.Group, str | Promise] = {
    "user": gettext_lazy("People"),
    "operation": gettext_lazy("Operations"),
    "model": gettext_lazy("Models"),
    "team": gettext_lazy("Teams"),
}
#: Further parts are "others".
COLOURED_PARTS = 6
#: An empty person, operation or model.
NOBODY = "–"


@dataclass(frozen=True, slots=True)
class Part:
    """``link``: its transfers; ``filter``: the page filtered by it."""

    key: reports.Key
    words: str
    amount: int
    percent: int
    link: str
    filter: str = ""
    outcome: "PartOutcome | None" = None


class Cell(NamedTuple):
    amount: int
    link: str


@dataclass(frozen=True, slots=True)
class PartOutcome:
    """``percent``: success rate of the ``ended`` tasks. ``wasted``: kind → cost."""

    percent: int | None
    ended: Cell
    wasted: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class DayRow:
    day: datetime.date
    cells: list[Cell]
    total: Cell


@dataclass(frozen=True, slots=True)
class ByDay:
    """``columns``: series labels; ``rows``: newest first."""

    chart: charts.Chart
    columns: list[str]
    rows: list[DayRow]


def parts(query: SpendQuery, group: reports.Group) -> list[Part]:
    """Largest first."""
    amounts = query.amounts[group]
    percents, words = _percents(amounts), _words(query, amounts, group)
    link, page = query.transfers_links(group), query.filter_links(group)
    return [
        Part(
            key,
            words.get(key) or NOBODY,
            amount,
            percents[key],
            link(key) if key else "",
            page(key) if key else "",
        )
        for key, amount in amounts.items()
    ]


def _percents(amounts: Mapping[reports.Key, int]) -> dict[reports.Key, int]:
    """Whole ones that add up to 100: the largest remainders are rounded up."""
    whole = sum(amounts.values())
    if whole <= 0:
        return dict.fromkeys(amounts, 0)
    found = {key: amount * 100 // whole for key, amount in amounts.items()}
    by_remainder = sorted(amounts, key=lambda key: -(amounts[key] * 100 % whole))
    for key in by_remainder[: 100 - sum(found.values())]:
        found[key] += 1
    return found


def by_day(
    query: SpendQuery, found: list[Part], units_a_day: Mapping[str, float]
) -> ByDay:
    """``found``: the group's parts; ``units_a_day``: of *budget* and *forecast*."""
    shown, rest = found[:COLOURED_PARTS], found[COLOURED_PARTS:]
    columns = [part.words for part in shown] + ([_("others")] if rest else [])
    amounts = query.amounts_by_day
    days = query.period.days
    series = {
        day: _series(amounts.get(day, {}), shown, has_rest=bool(rest)) for day in days
    }
    links = [query.without_days(part.link) for part in shown]
    links += [""] * (len(columns) - len(shown))
    links.append(query.without_days(query.spent_link))
    rows = [
        _day_row(day, series[day], links, query.one_day(day)) for day in reversed(days)
    ]
    chart = charts.stacked(days, series, columns, _levels(query, units_a_day))
    return ByDay(chart, columns, rows)


def csv_rows(query: SpendQuery) -> Iterator[list[object]]:
    """By day, a column for every part."""
    columns = parts(query, query.group)
    yield [_("day"), *(part.words for part in columns), _("total"), _("unit")]
    days = query.amounts_by_day
    for day in query.period.days:
        amounts = days.get(day, {})
        row = [amounts.get(part.key, 0) for part in columns]
        yield [day.isoformat(), *row, sum(row), query.unit]


def _levels(query: SpendQuery, units_a_day: Mapping[str, float]) -> list[charts.Level]:
    """Budget: over this month's days; forecast: over those to come."""
    days, month = query.period.days, query.month
    spans = {
        "budget": (max(days[0], month.start), min(days[-1], month.end)),
        "forecast": (max(days[0], query.today), min(days[-1], month.end)),
    }
    return [
        charts.Level(name, units_a_day[name], days.index(first), days.index(last))
        for name, (first, last) in spans.items()
        if units_a_day.get(name)
    ]


def _series(
    amounts: dict[reports.Key, int], shown: list[Part], *, has_rest: bool
) -> list[int]:
    own = [amounts.get(part.key, 0) for part in shown]
    return [*own, sum(amounts.values()) - sum(own)] if has_rest else own


def _day_row(
    day: datetime.date, series: list[int], links: list[str], days: str
) -> DayRow:
    """``links``: per series, then total, completed by ``days``."""
    *cells, total = (
        Cell(amount, link + days if link and amount else "")
        for amount, link in zip([*series, sum(series)], links, strict=True)
    )
    return DayRow(day, cells, total)


def _words(
    query: SpendQuery, keys: dict[reports.Key, int], group: reports.Group
) -> dict[reports.Key, str]:
    """Key → name; an operation keeps its slug."""
    if group == "team":
        return {key: str(query.teams[int(key)]) for key in keys if key is not None}
    if group == "model":
        return {key: query.model_names.get(str(key), str(key)) for key in keys}
    if group != "user":
        return {key: str(key) for key in keys}
    named = User.objects.only("username", "first_name", "last_name")
    people = named.in_bulk([key for key in keys if key is not None])
    return {key: people[key].display_name if key in people else "" for key in keys}
