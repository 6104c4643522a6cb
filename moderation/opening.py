"""Opens an artwork before a moderator: finds and leases its review."""

import contextlib

from accounts.models import User
from generation.models import Artwork
from moderation import exposure, intake, review_leases
from moderation.models import Review


def current(artwork: Artwork, user: User) -> Review | None:
    """The review that the person holds, else the open one."""
    rows = Review.objects.filter(artwork=artwork).select_related(
        "claimed_by", "assigned_to", "decision__decided_by"
    )
    held = review_leases.held_by(user).filter(artwork=artwork).values("pk")
    found = rows.filter(pk__in=held).first() or rows.open().first()
    if found:
        found.artwork = artwork
    return found


def latest(artwork: Artwork, user: User) -> Review | None:
    """The latest that the person held last, else the latest."""
    rows = Review.objects.filter(artwork=artwork).order_by("-pk")
    return rows.filter(claimed_by=user).first() or rows.real().first()


def open_review(artwork: Artwork, *, by: User) -> Review | None:
    """Leases the artwork's review where allowed.

    A held artwork without a review, an error elsewhere, gets one.
    """
    review = current(artwork, by)
    if review is None and artwork.moderation == Artwork.Moderation.HELD:
        intake.take_in([artwork])
        review = current(artwork, by)
    if review and review.status == Review.Status.WAITING:
        with contextlib.suppress(exposure.OnBreak):  # the page shows the break
            review_leases.take(review, by)
    return review
