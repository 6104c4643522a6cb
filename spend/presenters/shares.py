"""Who and what had which part of the spending: rows of tables, bars of a chart."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _

from accounts.models import User
from spend import reports
from spend.models import LedgerAccount
from spend.presenters import charts
from spend.query import SpendQuery

SPENT = LedgerAccount.Kind.SPENT
#: Name of a line in the chart → how much a day it stands for.
Paces = Mapping[str, float]
#: Colours of the chart; what comes after the last is one part, "others".
SERIES = 6
#: What is shown where the books name nobody, or no operation or model.
NOBODY = "–"


@dataclass(frozen=True, slots=True)
class Part:
    """One row of a table. ``percent`` is of all that was spent."""

    key: reports.Key
    words: str
    amount: int
    percent: int
    link: str
    filter: str = ""
    outcome: "Outcome | None" = None


class Cell(NamedTuple):
    amount: int
    link: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the work of one row. ``percent`` of the ``ended`` tasks succeeded;
    None where none ended. ``wasted``: kind → what it cost."""

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
    """``columns``: the words of each series; ``rows``: newest day first."""

    chart: charts.Chart
    columns: list[str]
    rows: list[DayRow]


def parts(asked: SpendQuery, group: reports.Group) -> list[Part]:
    """Most first."""
    amounts = asked.amounts[group]
    whole, words = sum(amounts.values()), _words(asked, amounts, group)
    link, page = asked.links_of(group), asked.pages_of(group)
    return [
        Part(
            key,
            words.get(key) or NOBODY,
            amount,
            round(amount * 100 / whole) if whole > 0 else 0,
            # Nobody's and unnamed ones have no address.
            link(key) if key else "",
            page(key) if key else "",
        )
        for key, amount in amounts.items()
    ]


def by_day(asked: SpendQuery, found: list[Part], a_day: Paces) -> ByDay:
    """``found``: the parts of the grouping that is asked for."""
    shown, rest = found[:SERIES], found[SERIES:]
    columns = [part.words for part in shown] + ([_("others")] if rest else [])
    amounts = asked.amounts_by_day
    days = asked.period.days
    series = {
        day: _series(amounts.get(day, {}), shown, has_rest=bool(rest)) for day in days
    }
    links = [asked.without_days(part.link) for part in shown]
    links += [""] * (len(columns) - len(shown))
    links.append(asked.without_days(asked.link))
    rows = [_day_row(day, series[day], links, asked.on(day)) for day in reversed(days)]
    chart = charts.stacked(days, series, columns, _levels(asked, a_day))
    return ByDay(chart, columns, rows)


def _levels(asked: SpendQuery, paces: Paces) -> list[charts.Level]:
    """The budget over the days of this month, the forecast over those to come."""
    days, month = asked.period.days, asked.month
    spans = {
        "budget": (max(days[0], month.start), min(days[-1], month.end)),
        "forecast": (max(days[0], asked.today), min(days[-1], month.end)),
    }
    return [
        charts.Level(name, paces[name], days.index(first), days.index(last))
        for name, (first, last) in spans.items()
        if paces.get(name)
    ]


def _series(
    amounts: dict[reports.Key, int], shown: list[Part], *, has_rest: bool
) -> list[int]:
    own = [amounts.get(part.key, 0) for part in shown]
    return [*own, sum(amounts.values()) - sum(own)] if has_rest else own


def _day_row(
    day: datetime.date, series: list[int], links: list[str], on: str
) -> DayRow:
    """``links``: one a series, then that of the total; each without its days."""
    *cells, total = (
        Cell(amount, link + on if link and amount else "")
        for amount, link in zip([*series, sum(series)], links, strict=True)
    )
    return DayRow(day, cells, total)


def _words(
    asked: SpendQuery, keys: dict[reports.Key, int], group: reports.Group
) -> dict[reports.Key, str]:
    """A person's, a team's or a model's name; else what it is called in the books."""
    if group == "team":
        return {key: str(asked.teams[int(key)]) for key in keys if key is not None}
    if group == "model":
        return {key: asked.model_names.get(str(key), str(key)) for key in keys}
    if group != "user":
        return {key: str(key) for key in keys}
    named = User.objects.only("username", "first_name", "last_name")
    people = named.in_bulk([key for key in keys if key is not None])
    return {key: people[key].display_name if key in people else "" for key in keys}
