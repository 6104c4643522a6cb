"""Outcomes of tasks that ended in a period: success rate, cost of the waste.

Kinds of waste: *failed* and charged; all pictures *rejected*; released pictures of
which nobody opened any (*unopened*) or downloaded any (*undownloaded*, which includes
*unopened*). Thumbnails do not count as opened (`Artwork.first_opened_at`).
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from generation.models import Artwork, ProviderTask

Status = ProviderTask.Status
#: Dimension, named as on transfers → lookup from a task.
DIMENSIONS = {
    "team": "generation__team",
    "user": "generation__requested_by",
    "operation": "generation__operation",
    "model": "generation__model",
}
#: (team, user, operation, model).
Key = tuple[int, int, str, str]

_PICTURES = Artwork.objects.filter(task=OuterRef("pk"))
_REJECTED = Q(moderation=Artwork.Moderation.REJECTED)
_RELEASED = _PICTURES.filter(moderation=Artwork.Moderation.RELEASED)
#: Kind of waste → condition on an ended task. Refunded: cost 0.
KINDS: dict[str, Q] = {
    "failed": Q(status__in=(Status.FAILED, Status.CANCELLED)),
    "rejected": Q(Exists(_PICTURES.filter(_REJECTED)))
    & ~Q(Exists(_PICTURES.exclude(_REJECTED))),
    "unopened": Q(Exists(_RELEASED))
    & ~Q(Exists(_RELEASED.filter(first_opened_at__isnull=False))),
    "undownloaded": Q(Exists(_RELEASED))
    & ~Q(Exists(_RELEASED.filter(first_downloaded_at__isnull=False))),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Tasks by result; cost of each kind of waste, in whole units.

    A cancelled task counts in the cost of *failed*, not in the success rate.
    """

    succeeded: int = 0
    unsuccessful: int = 0
    failed: int = 0
    rejected: int = 0
    unopened: int = 0
    undownloaded: int = 0

    def __add__(self, other: "Outcome") -> "Outcome":
        pairs = ((name, getattr(self, name)) for name in self.__slots__)
        return Outcome(**{name: own + getattr(other, name) for name, own in pairs})

    @property
    def ended(self) -> int:
        return self.succeeded + self.unsuccessful

    @property
    def percent(self) -> int | None:
        """Success rate; None without an ended task."""
        return round(100 * self.succeeded / self.ended) if self.ended else None


@dataclass(frozen=True, slots=True)
class Scope:
    """Tasks that ended from ``start`` to ``end`` (inclusive, portal's time zone).
    ``filters``: any of user, operation, model."""

    teams: Iterable[int]
    unit: str
    start: datetime.date
    end: datetime.date
    is_sandbox: bool
    filters: Mapping[str, Any]


def ended(scope: Scope) -> QuerySet[ProviderTask]:
    """With a final cost. ``Q(pk=None) | …`` makes SQLite use the index
    `tasks_that_ended`, not one of team or account."""
    conditions: dict[str, Any] = {
        "generation__team__in": list(scope.teams),
        "generation__unit": scope.unit,
        "account__is_sandbox": scope.is_sandbox,
    }
    conditions |= {DIMENSIONS[name]: value for name, value in scope.filters.items()}
    rows = ProviderTask.objects.filter(
        finished_at__gte=_midnight(scope.start),
        finished_at__lt=_midnight(scope.end + datetime.timedelta(1)),
        is_booked=True,
    )
    for name, value in conditions.items():
        rows = rows.filter(Q(pk=None) | Q(**{name: value}))
    return rows


def wasted(scope: Scope, kind: str) -> QuerySet[ProviderTask]:
    return ended(scope).filter(KINDS[kind], cost__gt=0)


def outcomes(scope: Scope) -> dict[Key, Outcome]:
    rows = ended(scope).order_by()
    for kind, is_so in KINDS.items():
        rows = rows.alias(**{f"is_{kind}": is_so})
    costs = {kind: Sum("cost", filter=Q(**{f"is_{kind}": True})) for kind in KINDS}
    counted = rows.values_list(*DIMENSIONS.values()).annotate(
        succeeded=Count("pk", filter=Q(status=Status.SUCCEEDED)),
        unsuccessful=Count("pk", filter=Q(status=Status.FAILED)),
        **costs,
    )
    return {
        (team, user, operation, model): Outcome(*(number or 0 for number in numbers))
        for team, user, operation, model, *numbers in counted
    }


def by(found: Mapping[Key, Outcome], dimension: str) -> dict[Any, Outcome]:
    place = list(DIMENSIONS).index(dimension)
    summed: dict[Any, Outcome] = {}
    for key, outcome in found.items():
        summed[key[place]] = summed.get(key[place], Outcome()) + outcome
    return summed


def _midnight(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time()))
