"""A person's decision, alone or with a second person; undo."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from log import chain
from moderation import reveals, review_leases
from moderation.decisions.recording import (
    UNDO,
    AlreadyDecided,
    ReasonMissing,
    TooLate,
    Unseen,
    log_step,
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
    """Release or reject a leased review; returns the changed review.

    A repeated submit changes nothing. Raises review_leases.LeaseLost, AlreadyDecided,
    ReasonMissing, Unseen.
    """
    if action not in (Action.RELEASE, Action.REJECT):
        raise ValueError(f"{action!r} is not for a person to decide")
    if action == Action.REJECT and not reason:
        raise ReasonMissing
    judgement = {"reason": reason if action == Action.REJECT else "", "note": note}
    judgement |= {"action": action, "text": text}
    with transaction.atomic():
        found = _locked(review)
        earlier = list(found.opinions.all())
        if _is_repeated(found, claim, by, judgement, earlier):
            return found
        if found.status != Status.WAITING:
            raise AlreadyDecided(found.artwork)
        if not found.is_claimed_by(by) or found.claim != claim:
            raise review_leases.LeaseLost(found)
        if action == Action.RELEASE and reveals.is_unseen(review.artwork, by):
            raise Unseen
        if _is_final(found, judgement, earlier):
            _conclude(found, by, judgement, keeps_opinion=bool(earlier))
        else:
            _keep_opinion(found, by, judgement)
    return found


def undo(review: Review, *, by: User, is_on_sheet: bool = False) -> Review:
    """Take back an unsettled decision, or a first opinion before another person opens
    the review; the person holds the lease again. Raises TooLate."""
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
            claimed_until=now + review_leases.LEASE,
            is_on_sheet=is_on_sheet,
        )
        found.opinions.filter(by=by).delete()
        held = None
        if decision:
            held = Decision(artwork=found.artwork, action=Action.HOLD, decided_by=by)
            held.grounds = ["undone"]
            held.save(force_insert=True)
        facts = {"decision": decision.pk} if decision else {}
        facts |= {"control": True} if found.is_control else {}
        log_step(found, chain.Kind.UNDO, by, held, **facts)
    return found


def _is_repeated(
    review: Review,
    claim: int,
    by: User,
    judgement: dict[str, str],
    opinions: Sequence[Opinion],
) -> bool:
    """Recorded before: a double click, or a lost answer."""
    if review.decision_id:
        mine = Decision.objects.filter(pk=review.decision_id, decided_by=by)
        return review.claim == claim and mine.filter(**judgement).exists()
    return any(
        opinion.by_id == by.pk
        and opinion.claim == claim
        and all(getattr(opinion, name) == judgement[name] for name in judgement)
        for opinion in opinions
    )


def _decider(review: Review) -> int | None:
    if review.is_control:
        return review.claimed_by_id
    if review.status == Status.WAITING:
        opinions = review.opinions.filter(claim=review.claim)
        return opinions.values_list("by", flat=True).first()
    return review.decision.decided_by_id if review.decision else None


def _is_final(
    review: Review, judgement: dict[str, str], earlier: Sequence[Opinion]
) -> bool:
    """One person decides alone, unless two are required for the action. After a first
    opinion two must agree: the second, or a third."""
    if review.is_control:
        return True
    if not earlier and review.two_for not in ("both", judgement["action"]):
        return True
    return judgement["action"] in {opinion.action for opinion in earlier}


def _keep_opinion(review: Review, by: User, judgement: dict[str, str]) -> None:
    """The review waits for another person, who does not see this opinion."""
    Opinion.objects.create(review=review, by=by, claim=review.claim, **judgement)
    fields = {"claimed_until": None, "claimed_by": None, "assigned_to": None}
    _move(review, Status.WAITING, **fields, settle_after=timezone.now() + UNDO)
    log_step(review, chain.Kind.OPINION, by, **judgement)


def _conclude(
    review: Review, by: User, judgement: dict[str, str], *, keeps_opinion: bool
) -> None:
    decision = None
    if not review.is_control:
        decision = Decision(artwork_id=review.artwork_id, decided_by=by, **judgement)
        decision.save(force_insert=True)
    _move(
        review,
        Status.DECIDED,
        decision=decision,
        settle_after=timezone.now() + UNDO,
        claimed_until=None,
    )
    if review.is_control or review.two_for or keeps_opinion:
        Opinion.objects.create(review=review, by=by, claim=review.claim, **judgement)
    facts = {"decision": decision.pk} if decision else {"control": True}
    log_step(review, chain.Kind.DECISION, by, decision, **facts, **judgement)


def _locked(review: Review) -> Review:
    """Without joins: PostgreSQL returns joined rows as they were before waiting for the
    lock."""
    return Review.objects.select_for_update().get(pk=review.pk)


def _move(review: Review, to: str, **fields: object) -> None:
    """Compare-and-set on status and lease. Raises review_leases.LeaseLost."""
    rows = Review.objects.filter(pk=review.pk, status=review.status, claim=review.claim)
    if not rows.update(status=to, **fields):
        raise review_leases.LeaseLost(review)
    for name, value in {"status": to, **fields}.items():
        setattr(review, name, value)
