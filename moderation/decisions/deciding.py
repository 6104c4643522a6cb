"""By a person: one alone, or two who agree; and taken back within ``UNDO``."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from log import chain
from moderation import claims
from moderation.decisions.recording import (
    UNDO,
    AlreadyDecided,
    ReasonMissing,
    TooLate,
    put_down,
)
from moderation.models import Decision, Opinion, Review

Action = Decision.Action
Status = Review.Status


def decide(
    review: Review,
    claim: int,
    action: str,
    *,
    by: User,
    reason: str = "",
    note: str = "",
    text: str = "",
) -> Review:
    """Release or reject what they have leased; the review as it is then.

    The same submitted twice is one decision, another one is refused. Raises
    claims.ClaimLost, AlreadyDecided, ReasonMissing.
    """
    if action not in (Action.RELEASE, Action.REJECT):
        raise ValueError(f"{action!r} is not for a person to decide")
    if action == Action.REJECT and not reason:
        raise ReasonMissing
    said = {"reason": reason if action == Action.REJECT else "", "note": note}
    said |= {"action": action, "text": text}
    with transaction.atomic():
        found = _locked(review)
        if _is_said(found, claim, by, said):
            return found
        if found.status != Status.WAITING:
            raise AlreadyDecided(found.artwork)
        if not found.is_claimed_by(by) or found.claim != claim:
            raise claims.ClaimLost(found)
        opinion = _agreed(found, by, said)
        if opinion is None:
            _pass_on(found, by, said)
        else:
            _conclude(found, by, opinion)
    return found


def undo(review: Review, *, by: User, is_on_sheet: bool = False) -> Review:
    """Take it back, before anything outside has happened: they have it again, as
    leased. The first opinion of two, until somebody else has it. Raises TooLate."""
    with transaction.atomic():
        found = _locked(review)
        decision = found.decision
        if not found.is_undoable or _decider(found) != by.pk:
            raise TooLate
        now = timezone.now()
        _move(
            found,
            Status.WAITING,
            decision=None,
            settle_after=None,
            claim=found.claim + 1,
            claimed_by=by,
            claimed_at=now,
            claimed_until=now + claims.LEASE,
            is_on_sheet=is_on_sheet,
        )
        found.opinions.filter(by=by).delete()
        if decision:
            held = Decision(artwork=found.artwork, action=Action.HOLD, decided_by=by)
            held.grounds = ["undone"]
            held.save(force_insert=True)
        what = {"decision": decision.pk} if decision else {}
        what |= {"control": True} if found.is_control else {}
        put_down(found, chain.Kind.UNDO, by, **what)
    return found


# --- How many must say so


def _is_said(review: Review, claim: int, by: User, said: dict[str, str]) -> bool:
    """This very submit was booked before: a double click, a lost answer. Another one
    with the same lease is as stale as anybody's."""
    if review.decision_id:
        mine = Decision.objects.filter(pk=review.decision_id, decided_by=by, **said)
        return review.claim == claim and mine.exists()
    return review.opinions.filter(by=by, claim=claim, **said).exists()


def _decider(review: Review) -> int | None:
    """Who has decided it, or said the last word so far; a control item keeps the one
    who had it."""
    if review.is_control:
        return review.claimed_by_id
    if review.status == Status.WAITING:
        said = review.opinions.filter(claim=review.claim)
        return said.values_list("by", flat=True).first()
    return review.decision.decided_by_id if review.decision else None


def _agreed(review: Review, by: User, said: dict[str, str]) -> dict[str, str] | None:
    """What is decided with this said, too; None: another person is asked.

    One decides alone, unless two are asked for that action. Once one opinion is there
    two must agree: the second, else a third.
    """
    if review.is_control:
        return said
    before = [row.action for row in review.opinions.all()]
    if not before and review.two_for not in ("both", said["action"]):
        return said
    return said if said["action"] in before else None


def _pass_on(review: Review, by: User, said: dict[str, str]) -> None:
    """One opinion, blind to the next: the item waits for somebody else."""
    Opinion.objects.create(review=review, by=by, claim=review.claim, **said)
    fields = {"claimed_until": None, "claimed_by": None, "assigned_to": None}
    _move(review, Status.WAITING, **fields, settle_after=timezone.now() + UNDO)
    put_down(review, chain.Kind.OPINION, by, **said)


def _conclude(review: Review, by: User, said: dict[str, str]) -> None:
    """A decision; of a control item an answer alone."""
    decision = None
    if not review.is_control:
        decision = Decision(artwork=review.artwork, decided_by=by, **said)
        decision.save(force_insert=True)
    _move(
        review,
        Status.DECIDED,
        decision=decision,
        settle_after=timezone.now() + UNDO,
        claimed_until=None,
    )
    if review.is_control or review.two_for or review.opinions.exists():
        Opinion.objects.create(review=review, by=by, claim=review.claim, **said)
    what = {"decision": decision.pk} if decision else {"control": True}
    put_down(review, chain.Kind.DECISION, by, **what, **said)


def _locked(review: Review) -> Review:
    """Alone, and what it points to afterwards: a row that is joined to one that was
    waited for is as it was before the wait (PostgreSQL)."""
    return Review.objects.select_for_update().get(pk=review.pk)


def _move(review: Review, to: str, **fields: object) -> None:
    """Compare-and-set on what it was read with: of two, one moves it."""
    rows = Review.objects.filter(pk=review.pk, status=review.status, claim=review.claim)
    if not rows.update(status=to, **fields):
        raise claims.ClaimLost(review)
    for name, value in {"status": to, **fields}.items():
        setattr(review, name, value)
