"""Settles decisions, reopens settled ones, takes released pictures down."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from generation.models import Artwork
from log import chain
from moderation import (
    control_items,
    intake,
    ledger_effects,
    similar_decisions,
    tallies,
    telling,
)
from moderation.decisions.recording import (
    OUTCOME,
    AlreadyDecided,
    ReasonMissing,
    TheirOwn,
    event,
    log_step,
    together_or_each,
)
from moderation.models import Decision, Review

Action = Decision.Action
Status = Review.Status
Cause = Review.Cause
Moderation = Artwork.Moderation


def settle_due(limit: int) -> int:
    """Settle up to ``limit`` decisions past their undo time; returns how many. Idle:
    one query."""
    due = Review.objects.filter(status=Status.DECIDED, settle_after__lte=timezone.now())
    keys = list(due.order_by("settle_after", "pk").values_list("pk", flat=True)[:limit])
    return together_or_each(_settle, list(keys))


@transaction.atomic
def _settle(keys: list[int]) -> int:
    now = timezone.now()
    rows = Review.objects.filter(pk__in=keys, status=Status.DECIDED).order_by("pk")
    rows = rows.filter(settle_after__lte=now).select_for_update(skip_locked=True)
    mine = Review.objects.filter(pk__in=[row.pk for row in rows])
    mine.update(status=Status.CLOSED, closed_at=now)
    found = list(
        mine.select_related(
            "artwork__generation__account", "artwork__task", "decision"
        ).order_by("pk")
    )
    moving = {action: _moving(found, action) for action in EFFECTS}
    for action, effect in EFFECTS.items():
        effect(moving[action])
    for action, of in moving.items():
        if of:
            Artwork.moderate_all(of, OUTCOME[action], now)
    # After the ledger and the artworks: the lock order of ``take_down``.
    similar_decisions.remember(row.artwork for row in found if not row.is_control)
    control_items.learn(found)
    tallies.count(found)
    telling.settled(found, moving)
    return len(found)


#: Action → its effect on the ledger, before the artworks move.
EFFECTS = {Action.RELEASE: ledger_effects.release, Action.REJECT: ledger_effects.reject}


def _moving(reviews: list[Review], action: Decision.Action) -> list[Artwork]:
    """A control item moves no artwork."""
    return [
        row.artwork
        for row in reviews
        if row.decision
        and row.decision.action == action
        and row.artwork.moderation != OUTCOME[action]
    ]


def reopen(artwork: Artwork, *, by: User, reason: str) -> Review:
    """Review a settled artwork again; a released one is held until then. Raises
    AlreadyDecided where a review is open, ReasonMissing, TheirOwn."""
    if artwork.requested_by_id == by.pk:
        raise TheirOwn
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        row = Artwork.objects.select_for_update(of=("self",)).get(pk=artwork.pk)
        is_open = Review.objects.open().filter(artwork=row).exists()
        is_settled = row.moderation in (Moderation.RELEASED, Moderation.REJECTED)
        if is_open or not is_settled or row.erased_at:
            raise AlreadyDecided(row)
        review = intake.brought_back(row, Cause.REOPENED)
        review.text = reason
        review.save(force_insert=True)
        if row.moderation == Moderation.RELEASED:
            row.moderate(Moderation.HELD, timezone.now())
            telling.moved(telling.Kind.HELD, row, by)
        decision = Decision(artwork=row, action=Action.HOLD, decided_by=by, note=reason)
        decision.grounds = ["reopened"]
        decision.save(force_insert=True)
        log_step(review, chain.Kind.REOPEN, by, decision, reason=reason)
    return review


def take_down(
    artwork: Artwork, *, by: User, reason: str, note: str = "", text: str = ""
) -> Decision:
    """Reject a released artwork at once. Raises AlreadyDecided, for an erased one too,
    ReasonMissing, TheirOwn."""
    if artwork.requested_by_id == by.pk:
        raise TheirOwn
    if not reason:
        raise ReasonMissing
    decision = Decision(
        artwork=artwork, action=Action.REJECT, reason=reason, note=note, text=text
    )
    decision.decided_by, now = by, timezone.now()
    with transaction.atomic():
        reviews = Review.objects.open().filter(artwork=artwork).select_for_update()
        keys = [row.pk for row in reviews]
        released = Artwork.objects.filter(pk=artwork.pk, moderation=Moderation.RELEASED)
        released = released.filter(erased_at=None)
        if not released.select_for_update().first():
            artwork.refresh_from_db()
            raise AlreadyDecided(artwork)
        ledger_effects.reject([artwork])
        artwork.moderate(Moderation.REJECTED, now, expected=Moderation.RELEASED)
        decision.decided_at = now
        decision.save(force_insert=True)
        Review.objects.filter(pk__in=keys).update(
            status=Status.CLOSED, closed_at=now, claimed_by=None, claimed_until=None
        )
        similar_decisions.remember([artwork])
        telling.moved(telling.Kind.REJECTED, artwork, by)
        chain.append(event(decision, taken_down=True))
    return decision
