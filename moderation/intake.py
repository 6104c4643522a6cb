"""What comes into the queue, and when it is due. Makes rows, writes nothing but them.

By rule (``decisions.screen_pending``), by a member who reports a released picture, by
an author who appeals, by a moderator who reopens.
"""

import datetime
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import User
from generation.models import Artwork
from moderation import log, rules
from moderation.models import Review

Cause = Review.Cause

#: Within so many minutes a person should have decided, unless a rule says otherwise.
DUE_MINUTES = {
    Cause.BLOCK: 60,
    Cause.OFFENDING: 60,
    Cause.CHECK_FAILED: 4 * 60,
    Cause.NO_AUDIT: 4 * 60,
    Cause.REPORT: 4 * 60,
    Cause.REVIEW: 8 * 60,
    Cause.RULE: 8 * 60,
    Cause.REOPENED: 8 * 60,
    Cause.NEAR_MISS: 24 * 60,
    Cause.APPEAL: 24 * 60,
    Cause.SAMPLE: 72 * 60,
}
#: Of a hundred; the rate adds up to thirty.
HARM = {
    Cause.BLOCK: 60,
    Cause.OFFENDING: 70,
    Cause.REPORT: 50,
    Cause.CHECK_FAILED: 40,
    Cause.NO_AUDIT: 40,
    Cause.REVIEW: 30,
    Cause.RULE: 30,
}
#: Due times fall on whole steps, so that within one the graver comes first.
STEP_SECONDS = 300


def due_at(
    cause: str, since: datetime.datetime, minutes: int | None = None
) -> datetime.datetime:
    """Never later than asked: rounded down."""
    wait = minutes or DUE_MINUTES[Cause(cause)]
    exact = since + datetime.timedelta(minutes=wait)
    seconds = int(exact.timestamp()) // STEP_SECONDS * STEP_SECONDS
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


def new_review(
    artwork: Artwork, cause: str, judged: rules.Judgement | None = None
) -> Review:
    """Not saved yet."""
    row = rules.strongest(artwork)
    # What waits already for its picture to be drawn or fetched is not due the later.
    since = artwork.created_at if judged else timezone.now()
    return Review(
        artwork=artwork,
        team_id=artwork.team_id,
        requested_by_id=artwork.requested_by_id,
        cause=cause,
        label=row.label[:40],
        rate=row.rate,
        harm=HARM.get(Cause(cause), 10) + round(30 * min(max(row.rate or 0, 0), 1)),
        due_at=due_at(cause, since, judged.due_minutes if judged else None),
        two_for=judged.two_for if judged else "",
        created_at=since,
    )


def take_in(artworks: Sequence[Artwork]) -> None:
    """Held, and nobody is asked to look: whatever the reason, they are asked now."""
    Review.objects.bulk_create(
        (
            new_review(artwork, judged.cause, judged)
            for artwork in artworks
            for judged in [rules.judge(artwork)]
        ),
        ignore_conflicts=True,
    )


def report(artwork: Artwork, *, by: User, text: str) -> bool:
    """A member finds that a released picture should not be seen. False: someone was
    first, and it is looked at already."""
    event = log.Event(artwork.team_id, log.Kind.REPORT, by.pk, artwork.pk)
    return _bring(artwork, Cause.REPORT, text, event) is not None


def appeal(artwork: Artwork, *, by: User, text: str) -> bool:
    """Its author asks for another look, once. Never by whoever decided. False: they
    have asked before, or it is looked at anyway."""
    if Review.objects.filter(artwork=artwork, cause=Cause.APPEAL).exists():
        return False
    people = artwork.decisions.filter(decided_by__isnull=False, action="reject")
    last = people.select_related("decided_by").order_by("-pk").first()
    event = log.Event(artwork.team_id, log.Kind.APPEAL, by.pk, artwork.pk)
    decider = last.decided_by if last else None
    return _bring(artwork, Cause.APPEAL, text, event, decider) is not None


def take_in_lost(limit: int) -> int:
    """Held, and in nobody's queue: a process that died, a row of an older version. Not
    needed as long as all is well; how many there were."""
    is_open = Review.objects.open().filter(artwork=OuterRef("pk"))
    held = Artwork.objects.held().filter(~Exists(is_open), stored_at__isnull=False)
    lost = list(held.order_by("pk")[:limit])
    take_in(lost)
    return len(lost)


def _bring(
    artwork: Artwork,
    cause: str,
    text: str,
    event: log.Event,
    not_by: User | None = None,
) -> Review | None:
    """One open review an artwork; the database says so."""
    review = new_review(artwork, cause)
    review.text, review.not_by = text, not_by
    try:
        with transaction.atomic():
            review.save(force_insert=True)
            log.append(event)
    except IntegrityError:
        return None
    return review
