"""Rows behind cards. What only some states need is read for these rows alone: a page
of finished work costs three queries, whatever its length."""

from collections.abc import Sequence

from django.db.models import Prefetch, prefetch_related_objects

from accounts.models import User
from generation.models import Artwork, Generation, ProviderTask

Status = Generation.Status


def load(
    rows: Sequence[Generation], viewer: User, *, with_answers: bool = False
) -> None:
    """``with_answers``: the gateway's raw ones, too."""
    for row in rows:
        if row.requested_by_id == viewer.pk:
            row.requested_by = viewer
    others = [row for row in rows if row.requested_by_id != viewer.pk]
    tasks = ProviderTask.objects.all()
    tasks = tasks if with_answers else tasks.defer("answer")
    uncertain = [row for row in rows if row.status == Status.UNCERTAIN]
    moving = [row for row in rows if row.status in Generation.MOVING]
    prefetch_related_objects(rows, Prefetch("tasks", tasks), "artworks")
    prefetch_related_objects(others, "requested_by")
    prefetch_related_objects(uncertain, "submit_recovery")
    prefetch_related_objects(moving, "account", "accelerations")
    prefetch_related_objects(_rejected(rows), "decisions")


def _rejected(rows: Sequence[Generation]) -> list[Artwork]:
    return [
        artwork
        for row in rows
        for artwork in row.artworks.all()
        if artwork.moderation == Artwork.Moderation.REJECTED
    ]
