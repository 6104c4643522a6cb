"""The queue in numbers: what waits, how much is decided, how quickly, how rightly.

Whoever moderates a team sees these. Nothing is told by person, but one's own agreement
with known answers, to oneself.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest
from moderation import numbers as counted
from moderation.models import Review
from moderation.queue_filter import chosen_team, moderated_teams
from moderation.tallies import hour_of
from spend.presenters.charts import Chart, stacked

#: Period → its name, how many bars it has, and how long each is.
PERIODS: dict[str, tuple[Promise, int, datetime.timedelta]] = {
    "day": (_("24 hours"), 24, datetime.timedelta(hours=1)),
    "week": (_("7 days"), 7, counted.DAY),
    "month": (_("30 days"), 30, counted.DAY),
}
SERIES = ("released", "rejected")
Counts = dict[str, int]


@dataclass(frozen=True, slots=True)
class Decided:
    """Bars of hours or of days, the latest last; rows with the latest first."""

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
        """Of the hours in which anything was decided."""
        return self.total / self.busy_hours if self.busy_hours else 0.0


@require_GET
def numbers(request: MemberRequest) -> HttpResponse:
    teams = moderated_teams(request)
    team, now = chosen_team(request, teams), timezone.now()
    chosen = request.GET.get("period", "")
    chosen = chosen if chosen in PERIODS else "day"
    since = _bars(chosen, now)[0]
    answers = list(counted.own_answers(request.user, team.pk)[: counted.OWN])
    causes = counted.waiting(team.pk, now)
    shown = {
        "teams": teams,
        "team": team,
        "periods": [(name, row[0]) for name, row in PERIODS.items()],
        "chosen": chosen,
        "is_by_hour": PERIODS[chosen][2] < counted.DAY,
        "decided": _decided(chosen, counted.by_hour(team.pk, since), now),
        "labels": counted.by_label(team.pk, since),
        "times": counted.times(team.pk, since),
        "agreement": counted.agreement(team.pk, now),
        "accuracy_days": counted.ACCURACY_DAYS,
        "waiting": [(each, causes[each]) for each in Review.Cause if each in causes],
        "all_waiting": [sum(column) for column in zip(*causes.values(), strict=True)],
        "ages": counted.AGES,
        "own": counted.own_agreement(answers),
        "disagreed": [row for row in answers if row.action != row.review.expected][:20],
    }
    return render(request, "moderation/numbers.html", shown)


def _bars(period: str, now: datetime.datetime) -> list[datetime.datetime]:
    """Where each bar begins, in the portal's time zone; the last one is under way."""
    _name, count, step = PERIODS[period]
    last = timezone.localtime(hour_of(now))
    if step == counted.DAY:
        last = last.replace(hour=0)
    return [last - step * number for number in range(count - 1, -1, -1)]


def _decided(
    period: str, hours: Mapping[datetime.datetime, Counts], now: datetime.datetime
) -> Decided:
    bars, step = _bars(period, now), PERIODS[period][2]
    rows: dict[datetime.datetime, Counts] = {
        bar: dict.fromkeys((*SERIES, "controls", "agreed"), 0) for bar in bars
    }
    for hour, counts in hours.items():
        bar = timezone.localtime(hour)
        bar = bar.replace(hour=0) if step == counted.DAY else bar
        for name in rows.get(bar, ()):
            rows[bar][name] += counts[name]
    amounts: dict[datetime.date, list[int]] = {
        bar: [row[name] for name in SERIES] for bar, row in rows.items()
    }
    words = [str(_("released")), str(_("not released"))]
    busy = [row for row in hours.values() if row["released"] or row["rejected"]]
    return Decided(
        chart=stacked(bars, amounts, words),
        rows=list(reversed(rows.items())),
        released=sum(row["released"] for row in rows.values()),
        rejected=sum(row["rejected"] for row in rows.values()),
        busy_hours=len(busy),
    )
