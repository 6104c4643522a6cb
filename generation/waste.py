"""What was paid for and came to nothing: failed, or not released."""

import datetime
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet, Sum

from accounts.models import Team
from generation.models import Artwork, ProviderTask

TaskStatus = ProviderTask.Status


@dataclass(frozen=True, slots=True)
class Waste:
    """In whole units of what was asked for; a task that was refunded cost nothing."""

    failed: int
    rejected: int


def waste(
    team: Team, unit: str, start: datetime.date, end: datetime.date, *, sandbox: bool
) -> Waste:
    """Of the tasks that ended on the days from ``start`` to ``end``, both included.

    A task counts as rejected when every picture of it is.
    """
    ended = ProviderTask.objects.filter(
        generation__team=team,
        generation__unit=unit,
        account__is_sandbox=sandbox,
        finished_at__date__gte=start,
        finished_at__date__lte=end,
        is_booked=True,
        cost__gt=0,
    )
    pictures = Artwork.objects.filter(task=OuterRef("pk"))
    gone = pictures.filter(moderation=Artwork.Moderation.REJECTED)
    other = pictures.exclude(moderation=Artwork.Moderation.REJECTED)
    unsuccessful = (TaskStatus.FAILED, TaskStatus.CANCELLED)
    return Waste(
        failed=_cost(ended.filter(status__in=unsuccessful)),
        rejected=_cost(ended.filter(Exists(gone), ~Exists(other))),
    )


def _cost(tasks: QuerySet[ProviderTask]) -> int:
    return tasks.aggregate(all=Sum("cost"))["all"] or 0
