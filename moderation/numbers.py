"""How a team's queue does, and how sure that is. Only reads.

What was decided comes from the hourly tallies, what waits from an index of its own, and
times from the latest decisions: a page costs the same with a million decided.
Accuracy is agreement with known answers (``controls``) and never anybody's but one's
own, or the whole team's; the team's is a day old, so who answered sees it first.
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
#: What waits is younger than so many hours, or older than all of them.
AGES = (1, 4, 24)
#: Times are those of so many decisions, the latest.
LATEST = 1000
#: Agreement is that of so many days.
ACCURACY_DAYS = 30
#: Of one's own control items so many are gone through again.
OWN = 200


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with the 95 % interval of the share."""

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
    """Seconds of the latest ``of`` decisions, half and 95 in 100 of them at most."""

    of: int
    median: float
    p95: float


@dataclass(frozen=True, slots=True)
class Label:
    name: str
    overturned: Share


def interval(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval of a share; honest for small numbers, too."""
    if not of:
        return 0.0, 1.0
    share, shrunk = hits / of, 1 + z * z / of
    middle = (share + z * z / (2 * of)) / shrunk
    half = z / shrunk * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def waiting(team: int, now: datetime.datetime) -> dict[str, list[int]]:
    """What brought them → how many, by age: one number for each of AGES and one for
    what is older. One query, on an index that holds all of it."""
    since = [now - datetime.timedelta(hours=hours) for hours in AGES]
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
    """Each hour since then in which something was decided → its counts."""
    rows: Any = _tallies(team, since).values("hour").annotate(**_sums())
    return {row.pop("hour"): row for row in rows.order_by("hour")}


def by_label(team: int, since: datetime.datetime) -> list[Label]:
    """How often people decided against what the gateway suggested, the most decided
    label first."""
    rows: Any = _tallies(team, since).values("label").annotate(**_sums())
    found = [
        Label(row["label"], Share(row["overturned"], row["suggested"]))
        for row in rows.order_by()
        if row["suggested"]
    ]
    return sorted(found, key=lambda label: -label.overturned.of)


def agreement(team: int, now: datetime.datetime) -> Share:
    """Of the whole team, in the last days up to yesterday."""
    rows = _tallies(team, now - ACCURACY_DAYS * DAY).filter(hour__lt=now - DAY)
    sums = rows.aggregate(hits=Sum("agreed"), of=Sum("controls"))
    return Share(sums["hits"] or 0, sums["of"] or 0)


def own_answers(user: User, team: int) -> "QuerySet[Opinion]":
    """To control items that are settled, the latest first."""
    rows = Opinion.objects.filter(
        by=user, review__team=team, review__status=Review.Status.CLOSED
    ).exclude(review__expected="")
    return rows.select_related("review__artwork").order_by("-pk")


def own_agreement(answers: Sequence[Opinion]) -> Share:
    hits = sum(answer.action == answer.review.expected for answer in answers)
    return Share(hits, len(answers))


def times(team: int, since: datetime.datetime) -> Mapping[str, Times | None]:
    """``waited``: from coming in to the decision; ``looked``: from opening to it, of
    those that were opened one by one. None: nothing was decided since then."""
    rows = Review.objects.real().filter(team=team, status=Review.Status.CLOSED)
    latest = rows.filter(closed_at__gte=since, decision__isnull=False)
    latest = latest.order_by("-closed_at").annotate(at=F("decision__decided_at"))
    columns = ("at", "created_at", "claimed_at", "is_on_sheet")
    found = list(latest.values_list(*columns)[:LATEST])
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
