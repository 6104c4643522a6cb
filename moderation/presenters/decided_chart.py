"""Decisions by hour or day: stacked bars and a table."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from moderation.numbers import DAY
from moderation.tallies import hour_of
from spend.presenters.charts import Chart, stacked

#: Period → title, number of bars, length of a bar.
PERIODS: dict[str, tuple[Promise, int, datetime.timedelta]] = {
    "day": (_("24 hours"), 24, datetime.timedelta(hours=1)),
    "week": (_("7 days"), 7, DAY),
    "month": (_("30 days"), 30, DAY),
}
SERIES = ("released", "rejected")
Counts = dict[str, int]


@dataclass(frozen=True, slots=True)
class Decided:
    """Bars with the latest last; rows with the latest first."""

    chart: Chart
    rows: list[tuple[datetime.datetime, Counts]]
    released: int
    rejected: int
    busy_hours: int

    @property
    def total(self) -> int:
        return self.released + self.rejected

    @property
    def an_hour(self) -> float:
        """Decisions per hour that had any."""
        return self.total / self.busy_hours if self.busy_hours else 0.0


def bars(period: str, now: datetime.datetime) -> list[datetime.datetime]:
    """In the portal's time zone; the last bar includes now."""
    _name, count, step = PERIODS[period]
    last = timezone.localtime(hour_of(now))
    if step == DAY:
        last = last.replace(hour=0)
    return [last - step * number for number in range(count - 1, -1, -1)]


def decided(
    period: str, hours: Mapping[datetime.datetime, Counts], now: datetime.datetime
) -> Decided:
    """``hours`` as of ``numbers.by_hour``."""
    starts, step = bars(period, now), PERIODS[period][2]
    rows: dict[datetime.datetime, Counts] = {
        start: dict.fromkeys((*SERIES, "controls", "agreed"), 0) for start in starts
    }
    for hour, counts in hours.items():
        start = timezone.localtime(hour)
        start = start.replace(hour=0) if step == DAY else start
        for name in rows.get(start, ()):
            rows[start][name] += counts[name]
    amounts: dict[datetime.date, list[int]] = {
        start: [row[name] for name in SERIES] for start, row in rows.items()
    }
    words = [str(_("approved")), str(_("rejected"))]
    busy = [row for row in hours.values() if row["released"] or row["rejected"]]
    return Decided(
        chart=stacked(starts, amounts, words),
        rows=list(reversed(rows.items())),
        released=sum(row["released"] for row in rows.values()),
        rejected=sum(row["rejected"] for row in rows.values()),
        busy_hours=len(busy),
    )
