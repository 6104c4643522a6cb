"""Statistics of a team's queue. Reads only.

The cost stays constant: decisions come from hourly tallies, waiting reviews from a
covering index, times from the latest decisions. The team's agreement is a day old: a
person sees their own answers first.
"""

import datetime
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from accounts.models import User
from moderation.models import Opinion, Review, Tally
from moderation.tallies import hour_of

DAY = datetime.timedelta(days=1)
#: Upper limits of age; older reviews are counted above the last.
AGE_LIMITS_HOURS = (1, 4, 24)
#: Latest decisions whose times are measured.
MOST_TIMED = 1000
#: Days of the team's agreement.
ACCURACY_DAYS = 30
#: Latest own answers to control items that are compared.
MOST_OWN_ANSWERS = 200


@dataclass(frozen=True, slots=True)
class Share:
    """``hits`` of ``of``, with the 95 % interval."""

    hits: int
    of: int

    @property
    def rate(self) -> float:
        return self.hits / self.of if self.of else 0.0

    @property
    def low(self) -> float:
        return interval(self.hits, self.of)[0]

    @property
    def high(self) -> float:
        return interval(self.hits, self.of)[1]


@dataclass(frozen=True, slots=True)
class Times:
    """In seconds, of the latest ``of`` decisions."""

    of: int
    median: float
    p95: float


@dataclass(frozen=True, slots=True)
class Label:
    name: str
    overturned: Share


def interval(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval, which holds for small numbers, too."""
    if not of:
        return 0.0, 1.0
    share, shrunk = hits / of, 1 + z * z / of
    middle = (share + z * z / (2 * of)) / shrunk
    half = z / shrunk * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def by_age(causes: Mapping[Any, Sequence[int]]) -> list[int]:
    """The sum of ``waiting`` over all causes."""
    nothing = [0] * (len(AGE_LIMITS_HOURS) + 1)
    return [sum(column) for column in zip(nothing, *causes.values(), strict=True)]


def waiting(team: int, now: datetime.datetime) -> dict[str, list[int]]:
    """Cause → counts: one for each of AGE_LIMITS_HOURS, one above. One query on a
    covering index."""
    since = [now - datetime.timedelta(hours=hours) for hours in AGE_LIMITS_HOURS]
    younger = {
        f"younger_{number}": Count("pk", filter=Q(created_at__gt=at))
        for number, at in enumerate(since)
    }
    rows: Any = Review.objects.waiting().real().filter(team=team).order_by()
    found = {}
    for row in rows.values("cause").annotate(all=Count("pk"), **younger):
        up_to = [0, *(row[name] for name in younger), row["all"]]
        found[row["cause"]] = [more - less for less, more in itertools.pairwise(up_to)]
    return found


def by_hour(
    team: int, since: datetime.datetime
) -> dict[datetime.datetime, dict[str, int]]:
    """Hours with decisions since then → counts."""
    rows: Any = _tallies(team, since).values("hour").annotate(**_sums())
    return {row.pop("hour"): row for row in rows.order_by("hour")}


def by_label(team: int, since: datetime.datetime) -> list[Label]:
    """Overturned suggestions of the gateway; the label with the most decisions
    first."""
    rows: Any = _tallies(team, since).values("label").annotate(**_sums())
    found = [
        Label(row["label"], Share(row["overturned"], row["suggested"]))
        for row in rows.order_by()
        if row["suggested"]
    ]
    return sorted(found, key=lambda label: -label.overturned.of)


def agreement(team: int, now: datetime.datetime) -> Share:
    """The whole team's, over ACCURACY_DAYS up to yesterday."""
    rows = _tallies(team, now - ACCURACY_DAYS * DAY).filter(hour__lt=now - DAY)
    sums = rows.aggregate(hits=Sum("agreed"), of=Sum("controls"))
    return Share(sums["hits"] or 0, sums["of"] or 0)


def own_answers(user: User, team: int) -> list[Opinion]:
    """To settled control items, the latest first."""
    rows = Opinion.objects.filter(
        by=user, review__team=team, review__status=Review.Status.CLOSED
    ).exclude(review__expected="")
    rows = rows.select_related("review__artwork").order_by("-pk")
    return list(rows[:MOST_OWN_ANSWERS])


def own_agreement(answers: Sequence[Opinion]) -> Share:
    hits = sum(answer.action == answer.review.expected for answer in answers)
    return Share(hits, len(answers))


def times(team: int, since: datetime.datetime) -> Mapping[str, Times | None]:
    """``waited``: from creation to decision. ``looked``: from opening to decision,
    without sheets. None: no decision since then."""
    rows = Review.objects.real().filter(team=team, status=Review.Status.CLOSED)
    latest = rows.filter(closed_at__gte=since, decision__isnull=False)
    latest = latest.order_by("-closed_at").annotate(at=F("decision__decided_at"))
    columns = ("at", "created_at", "claimed_at", "is_on_sheet")
    found = list(latest.values_list(*columns)[:MOST_TIMED])
    return {
        "waited": _times([(at - came).total_seconds() for at, came, _, _ in found]),
        "looked": _times(
            [
                (at - opened).total_seconds()
                for at, _, opened, is_on_sheet in found
                if opened and not is_on_sheet
            ]
        ),
    }


def _times(seconds: list[float]) -> Times | None:
    if not seconds:
        return None
    ordered, of = sorted(seconds), len(seconds)
    at = [ordered[max(math.ceil(of * part) - 1, 0)] for part in (0.5, 0.95)]
    return Times(of, *at)


def _tallies(team: int, since: datetime.datetime) -> "QuerySet[Tally]":
    return Tally.objects.filter(team=team, hour__gte=hour_of(since))


def _sums() -> dict[str, Sum]:
    return {name: Sum(name) for name in Tally.COUNTS}
