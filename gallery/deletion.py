"""Deletes a person's own pictures: into the bin, back, and at last their files.

    released ─→ in the bin       delete: binned_at, erase_after
    in the bin ─→ released       restore
    in the bin ─→ erased         erase_due, once ``erase_after`` is past

``moderation`` does not move, nor do books, log and decisions. Pictures under review
stay: neither deleted nor erased. Erasing claims rows first and removes files after, for
each sha-256 in a transaction of its own; files that another picture needs stay. A crash
in between leaves rows that the next sweep finishes.
"""

import datetime
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import Team, User
from gallery import selection
from gallery.models import Act
from generation import archive, labelled_files
from generation.models import Artwork
from generation.models.artworks import ArtworkQuerySet
from log import chain
from moderation.models import KnownAnswer, Review

logger = logging.getLogger(__name__)

BIN_FOR = datetime.timedelta(days=30)
#: An artwork under review at the end of the bin is looked at again after this.
REVIEWED_FOR = datetime.timedelta(days=1)
#: Artworks of one sweep.
MOST_ERASED = 200


@dataclass(frozen=True, slots=True)
class Deleted:
    """What `delete` did. ``act`` None: nothing."""

    act: Act | None
    #: Somebody else requested them.
    others: list[int]
    #: A report, an appeal or another review is open about them.
    in_review: list[int]


@transaction.atomic
def delete(keys: Iterable[int], *, by: User, team: Team) -> Deleted:
    """Into the bin. Raises selection.TooMany."""
    found, now = selection.pictures(keys, by=by, team=team), timezone.now()
    binned: list[int] = []
    own: list[int] = []
    for part in selection.slices(found):
        mine = Artwork.objects.visible_to(by).filter(pk__in=part, requested_by=by)
        own += mine.select_for_update(of=("self",)).values_list("pk", flat=True)
        rows = Artwork.objects.filter(pk__in=part, requested_by=by, binned_at=None)
        free = _without_review(rows.filter(moderation=Artwork.Moderation.RELEASED))
        Artwork.bin_all(free, binned_at=now, erase_after=now + BIN_FOR)
        moved = Artwork.objects.filter(pk__in=part, requested_by=by, binned_at=now)
        binned += moved.values_list("pk", flat=True)
    act = selection.record(
        Act.Kind.DELETE, dict.fromkeys(binned), by=by, team=team, now=now
    )
    _log(chain.Kind.BIN, binned, by, team)
    others = [pk for pk in found if pk not in set(own)]
    return Deleted(act, others, [pk for pk in own if pk not in set(binned)])


@transaction.atomic
def restore(
    keys: Iterable[int], *, by: User, at: datetime.datetime | None = None
) -> int:
    """Out of the person's bin; ``at``: only what was deleted then. Returns how many."""
    restored = 0
    rows = Artwork.objects.binned_by(by)
    if at:
        rows = rows.filter(binned_at=at)
    for part in selection.slices(keys):
        found = list(rows.filter(pk__in=part).select_for_update(of=("self",)))
        back = Artwork.objects.filter(
            pk__in=[row.pk for row in found], erased_at=None, binned_at__isnull=False
        )
        restored += Artwork.bin_all(back, binned_at=None, erase_after=None)
        for team in {row.team_id for row in found}:
            of_team = [row.pk for row in found if row.team_id == team]
            _log(chain.Kind.UNBIN, of_team, by, team)
    return restored


def erase_due(limit: int = MOST_ERASED) -> int:
    """Claim artworks whose bin has ended, then remove the files; returns how many."""
    now = timezone.now()
    due = Artwork.objects.filter(erase_after__lte=now).order_by("erase_after", "pk")
    keys = list(due.values_list("pk", flat=True)[:limit])
    for pk in keys:
        try:
            _claim(pk, now)
        except Exception:
            logger.exception("Artwork %s could not be claimed for erasing", pk)
    claimed = Artwork.objects.filter(pk__in=keys, erased_at__isnull=False)
    hashes = sorted(set(claimed.values_list("sha256", flat=True)))
    for sha256 in hashes:
        try:
            _remove_files(sha256)
        except OSError:
            logger.exception("The files of %s could not be removed", sha256)
    return len(keys)


@transaction.atomic
def _claim(pk: int, now: datetime.datetime) -> None:
    """Unless it was brought back into review. Known answers go with the picture."""
    row = Artwork.objects.select_for_update(of=("self",)).get(pk=pk)
    rows = Artwork.objects.filter(pk=pk, erase_after__lte=now, erased_at=None)
    at_hand = Review.objects.control_items().filter(artwork=pk)
    released = rows.filter(
        ~Exists(at_hand.exclude(status=Review.Status.CLOSED)),
        moderation=Artwork.Moderation.RELEASED,
    )
    if _without_review(released).update(erased_at=now):
        KnownAnswer.objects.filter(review__artwork=pk).delete()
        event = chain.Event(row.team_id, chain.Kind.ERASE, None, pk)
        chain.append(event)
    else:
        rows.update(erase_after=now + REVIEWED_FOR)


@transaction.atomic
def _remove_files(sha256: str) -> None:
    """Unless another picture needs them.

    Both lock the erased rows first (`archive.book_fetched`): a fetch of equal bytes
    is booked before, and counts here, or after, and finds the files gone.
    """
    equal = Artwork.objects.filter(sha256=sha256)
    erased = equal.filter(erased_at__isnull=False)
    list(erased.select_for_update(of=("self",)).values_list("pk", flat=True))
    # SQLite takes its one write lock here.
    erased.update(erase_after=None)
    if not equal.filter(erased_at=None).exists():
        labelled_files.remove(sha256)
        archive.remove(sha256)


def _without_review(rows: ArtworkQuerySet) -> ArtworkQuerySet:
    is_open = Review.objects.open().filter(artwork=OuterRef("pk"))
    return rows.filter(~Exists(is_open))


def _log(kind: str, keys: Iterable[int], by: User, team: Team | int) -> None:
    number = team if isinstance(team, int) else team.pk
    chain.append_all(chain.Event(number, kind, by.pk, pk) for pk in keys)
