"""Frames of a card, one per requested picture: the picture, or its state."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from generation.models import Artwork, Generation, ProviderTask

Moderation = Artwork.Moderation
Status = Generation.Status
TaskStatus = ProviderTask.Status


@dataclass(frozen=True, slots=True)
class Frame:
    """``tone``: moving, good, needs, stopped or empty. ``percent``: 0 to 100."""

    tone: str
    icon: str
    words: str
    percent: float | None = None
    artwork: Artwork | None = None

    @property
    def is_lost(self) -> bool:
        return self.artwork is not None and self.artwork.lost_at is not None

    @property
    def is_shown(self) -> bool:
        return self.tone == "good" and self.artwork is not None


def frames(generation: Generation) -> list[Frame]:
    """In order; reads prefetched rows only."""
    tasks = sorted(generation.tasks.all(), key=lambda task: task.position)
    if not tasks:
        return [_without_task(generation)] * max(generation.pictures, 1)
    each = max(generation.pictures // len(tasks), 1)
    return [frame for task in tasks for frame in _of_task(generation, task, each)]


def _of_task(generation: Generation, task: ProviderTask, each: int) -> Iterator[Frame]:
    artworks = [row for row in generation.artworks.all() if row.task_id == task.pk]
    for artwork in sorted(artworks, key=lambda artwork: artwork.position):
        yield _of_artwork(artwork)
    if not artworks:
        yield from [_without_artwork(task)] * each


def _of_artwork(artwork: Artwork) -> Frame:
    if artwork.lost_at is not None:
        return Frame("stopped", "stop", _("Lost"), artwork=artwork)
    if artwork.stored_at is None:
        return Frame("moving", "store", _("Saving"), artwork=artwork)
    if artwork.binned_at is not None:
        return Frame("", "trash", _("Deleted"), artwork=artwork)
    match artwork.moderation:
        case Moderation.RELEASED:
            return Frame("good", "check", _("Done"), artwork=artwork)
        case Moderation.HELD:
            return Frame("needs", "shield", _("In review"), artwork=artwork)
        case Moderation.REJECTED:
            return Frame("stopped", "stop", _("Rejected"), artwork=artwork)
    return Frame("moving", "review", _("Checking"), artwork=artwork)


def _without_artwork(task: ProviderTask) -> Frame:
    match task.status:
        case TaskStatus.DRAWING:
            if task.percent is None:  # not every gateway reports progress
                return Frame("moving", "brush", _("Generating"))
            words = _("Generating %(percent)d %%") % {"percent": task.percent}
            return Frame("moving", "brush", words, percent=task.percent)
        case TaskStatus.OVERDUE:
            return Frame("needs", "clock", _("Overdue"))
        case TaskStatus.FAILED:
            return Frame("stopped", "stop", _("Failed"))
        case TaskStatus.CANCELLED:
            return Frame("", "close", _("Cancelled"))
        case TaskStatus.SUCCEEDED:
            if not task.generation.pictures:  # an avatar
                return Frame("good", "user", _("Trained"))
            return Frame("moving", "store", _("Saving"))
    return Frame("moving", "clock", _("Queued"))


def _without_task(generation: Generation) -> Frame:
    match generation.status:
        case Status.PAUSED:
            return Frame("", "pause", _("Paused"))
        case Status.SUBMITTING:
            return Frame("moving", "send", _("Sending"))
        case Status.REFUSED:
            return Frame("stopped", "stop", _("Refused"))
        case Status.FAILED:
            return Frame("stopped", "stop", _("Failed"))
        case Status.CANCELLED:
            return Frame("", "close", _("Cancelled"))
        case Status.UNCERTAIN:
            return Frame("needs", "question", _("Unconfirmed"))
    return Frame("moving", "clock", _("Waiting to send"))
