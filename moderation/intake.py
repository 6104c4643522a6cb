"""What comes into the queue, and when it is due. Makes rows, writes nothing but them.

By rule (``decisions.screen_pending``), by a member who reports a released picture, by
an author who appeals, by a moderator who reopens.
"""

import datetime
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Least
from django.utils import timezone

from accounts.models import User
from generation.models import Artwork
from log import chain
from moderation import rules
from moderation.models import Decision, Review

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
    # How sure the gateway is that nothing is wrong with it weighs nothing.
    rate = 0.0 if row.verdict == rules.PASS else row.rate or 0.0
    # What waits already for its picture to be drawn or fetched is not due the later.
    since = artwork.created_at if judged else timezone.now()
    return Review(
        artwork=artwork,
        team_id=artwork.team_id,
        requested_by_id=artwork.requested_by_id,
        cause=cause,
        label=row.label[:40],
        rate=row.rate,
        harm=HARM.get(Cause(cause), 10) + round(30 * min(max(rate, 0), 1)),
        due_at=due_at(cause, since, judged.due_minutes if judged else None),
        two_for=judged.two_for if judged else "",
        created_at=since,
    )


def brought_back(artwork: Artwork, cause: str) -> Review:
    """By a person, and due from now on. Where the rules in force ask for two people,
    one alone does not lift what two decided. Not saved yet."""
    review = new_review(artwork, cause)
    review.two_for = _judged(artwork, rules.book(artwork.team_id)).two_for
    return review


def take_in(artworks: Sequence[Artwork]) -> None:
    """Held, and nobody is asked to look: whatever the reason, they are asked now."""
    books = {team: rules.book(team) for team in {each.team_id for each in artworks}}
    Review.objects.bulk_create(
        (
            new_review(artwork, judged.cause, judged)
            for artwork in artworks
            for judged in [_judged(artwork, books[artwork.team_id])]
        ),
        ignore_conflicts=True,
    )


def report(artwork: Artwork, *, by: User, text: str) -> bool:
    """A member finds that a released picture should not be seen: what waits as a sample
    is a report from now on. False: someone was first, and it is looked at already."""
    event = chain.Event(artwork.team_id, chain.Kind.REPORT, by.pk, artwork.pk)
    if _bring(artwork, Cause.REPORT, text, event):
        return True
    fresh = brought_back(artwork, Cause.REPORT)
    samples = Review.objects.waiting().filter(artwork=artwork, cause=Cause.SAMPLE)
    with transaction.atomic():
        hastened = samples.real().update(
            cause=Cause.REPORT,
            text=text,
            harm=fresh.harm,
            due_at=Least("due_at", Value(fresh.due_at)),
            two_for=fresh.two_for,
        )
        if hastened:
            chain.append(event)
    return bool(hastened)


def appeal(artwork: Artwork, *, by: User, text: str) -> bool:
    """Its author asks for another look, once. Never by whoever decided. False: they
    have asked before, or it is looked at anyway."""
    if Review.objects.filter(artwork=artwork, cause=Cause.APPEAL).exists():
        return False
    event = chain.Event(artwork.team_id, chain.Kind.APPEAL, by.pk, artwork.pk)
    return _bring(artwork, Cause.APPEAL, text, event, _decider(artwork)) is not None


def take_in_lost(limit: int) -> int:
    """Held, and in nobody's queue: a process that died, a row of an older version. Not
    needed as long as all is well; how many there were."""
    is_open = Review.objects.open().filter(artwork=OuterRef("pk"))
    held = Artwork.objects.held().filter(~Exists(is_open), stored_at__isnull=False)
    lost = list(held.select_related("generation").order_by("pk")[:limit])
    take_in(lost)
    return len(lost)


def _judged(artwork: Artwork, book: rules.Book) -> rules.Judgement:
    return rules.judge(artwork, book, artwork.generation.operation)


def _decider(artwork: Artwork) -> User | None:
    """Who rejected it last; of what followed the same bytes, whoever rejected those."""
    rejected = Decision.objects.filter(action="reject").order_by("-pk")
    last = rejected.select_related("decided_by").filter(artwork=artwork).first()
    if last is None or last.decided_by_id:
        return last.decided_by if last else None
    followed = [ground[5:] for ground in last.grounds if ground.startswith("same:")]
    before = rejected.filter(artwork__in=followed, pk__lt=last.pk)
    first = before.filter(decided_by__isnull=False).select_related("decided_by").first()
    return first.decided_by if first else None


def _bring(
    artwork: Artwork,
    cause: str,
    text: str,
    event: chain.Event,
    not_by: User | None = None,
) -> Review | None:
    """One open review an artwork; the database says so."""
    review = brought_back(artwork, cause)
    review.text, review.not_by = text, not_by
    try:
        with transaction.atomic():
            review.save(force_insert=True)
            chain.append(event)
    except IntegrityError:
        return None
    return review
