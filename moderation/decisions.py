"""Puts judgements on record: each step is one review, one decision, one transaction.

    screen_pending   pending ─→ released | held | rejected    by rule, once stored
    decide           waiting ─→ decided (or one opinion of two)   by a person
    undo             decided ─→ waiting     within UNDO, by whoever decided
    settle_due       decided ─→ closed      and only now the artwork moves
    reopen           closed ─→ a new review that waits, with a reason
    take_down        released ─→ rejected   at once, by a person

``decide`` writes the end of the lease, the decision, the review's state and the log or
none of them. The artwork itself stays as the outside knows it until ``settle_due``: an
undone decision has had no effect that anybody could have seen. What a rejection costs
follows the team's written rule (``effects``), in the transaction where the artwork
moves. The answer to a control item (``controls``) is an opinion, and no decision.
"""

import datetime
import logging
import random

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from generation.models import Artwork
from moderation import (
    claims,
    controls,
    effects,
    intake,
    likeness,
    log,
    reuse,
    rules,
    tallies,
)
from moderation.models import Decision, Opinion, Review

logger = logging.getLogger(__name__)

Action = Decision.Action
Status = Review.Status
Cause = Review.Cause
Moderation = Artwork.Moderation
OUTCOME = {
    Action.RELEASE: Moderation.RELEASED,
    Action.HOLD: Moderation.HELD,
    Action.REJECT: Moderation.REJECTED,
}
#: So long a decision may be taken back, and nothing outside happens.
UNDO = datetime.timedelta(seconds=10)


class AlreadyDecided(Exception):
    """It waits for nobody any more. ``artwork`` is as it is now."""

    def __init__(self, artwork: Artwork) -> None:
        super().__init__(f"{artwork} is {artwork.moderation}")
        self.artwork = artwork


class ReasonMissing(ValueError):
    """A rejection says why."""


class TooLate(Exception):
    """It has been settled: what is wrong is reopened, not undone."""


# --- By rule


def screen_pending(limit: int) -> int:
    """Judge up to ``limit`` stored artworks by rule; how many were. Idle: one query.

    All together; where one cannot be decided, each by itself, without that one.
    """
    pending = Artwork.objects.pending().order_by("pk")[:limit]
    return _screen(list(pending.values_list("pk", flat=True)))


def _screen(keys: list[int]) -> int:
    if not keys:
        return 0
    try:
        return _screen_together(keys)
    except Exception:
        if len(keys) == 1:
            logger.exception("Artwork %s could not be screened", keys[0])
            return 0
        return sum(_screen([key]) for key in keys)


@transaction.atomic
def _screen_together(keys: list[int]) -> int:
    """Those of them that are still pending are ours: their rows are locked first."""
    rows = Artwork.objects.pending().filter(pk__in=keys).order_by("pk")
    rows = rows.select_related("generation").select_for_update(of=("self",))
    artworks, now = list(rows), timezone.now()
    books = {team: rules.book(team) for team in {each.team_id for each in artworks}}
    earlier = reuse.decided_before(artworks)
    made, reviews = [], []
    for artwork in artworks:
        book = books[artwork.team_id]
        judged = reuse.follow(artwork, earlier) or _judgement(artwork, book)
        made.append(
            Decision(
                artwork=artwork,
                action=judged.action,
                reason=_reason(judged, earlier.get(reuse.key(artwork))),
                grounds=list(judged.grounds),
                decided_at=now,
            )
        )
        if judged.action == Action.HOLD:
            reviews.append(intake.new_review(artwork, judged.cause, judged))
        elif judged.action == Action.RELEASE and _is_drawn(book):
            reviews.append(intake.new_review(artwork, Cause.SAMPLE))
    effects.reject(each.artwork for each in made if each.action == Action.REJECT)
    for action in {decision.action for decision in made}:
        of = [decision.artwork for decision in made if decision.action == action]
        Artwork.moderate_all(of, OUTCOME[Action(action)], now)
    Decision.objects.bulk_create(made)
    if reviews:
        Review.objects.bulk_create(reviews)
    log.append_all(
        _event(decision, version=books[decision.artwork.team_id].version)
        for decision in made
    )
    return len(made)


def _judgement(artwork: Artwork, book: rules.Book) -> rules.Judgement:
    """A rule that breaks over a row holds it: it is not tried for ever."""
    try:
        return rules.judge(artwork, book, artwork.generation.operation)
    except Exception:
        logger.exception("%s could not be judged", artwork)
        return rules.Judgement(Action.HOLD, ("unreadable",))


def _reason(judged: rules.Judgement, earlier: Decision | None) -> str:
    if judged.action != Action.REJECT:
        return ""
    return earlier.reason if earlier else Decision.Reason.OTHER


def _is_drawn(book: rules.Book) -> bool:
    """Whether this pass is one of those that people look at all the same."""
    return random.random() * 100 < book.sample_percent


# --- By a person


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

    The same submitted twice is one decision. Raises claims.ClaimLost, AlreadyDecided,
    ReasonMissing.
    """
    if action not in (Action.RELEASE, Action.REJECT):
        raise ValueError(f"{action!r} is not for a person to decide")
    if action == Action.REJECT and not reason:
        raise ReasonMissing
    said = {"reason": reason if action == Action.REJECT else "", "note": note}
    said |= {"action": action, "text": text}
    with transaction.atomic():
        found = _locked(review)
        if _is_said(found, claim, by):
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
        _log(found, log.Kind.UNDO, by, **what)
    return found


def settle_due(limit: int) -> int:
    """What can no longer be undone takes effect; how many did. Idle: one query."""
    due = Review.objects.filter(status=Status.DECIDED, settle_after__lte=timezone.now())
    keys = list(due.order_by("settle_after", "pk").values_list("pk", flat=True)[:limit])
    return _settle(keys) if keys else 0


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
    # After the books and the artworks, as ``take_down`` locks them.
    likeness.remember(row.artwork for row in found if not row.is_control)
    controls.learn(found)
    tallies.count(found)
    return len(found)


#: What becomes of the books before an artwork moves.
EFFECTS = {Action.RELEASE: effects.release, Action.REJECT: effects.reject}


def _moving(reviews: list[Review], action: Decision.Action) -> list[Artwork]:
    """Of what was settled, what is not so already. A control item decides nothing."""
    return [
        row.artwork
        for row in reviews
        if row.decision
        and row.decision.action == action
        and row.artwork.moderation != OUTCOME[action]
    ]


def reopen(artwork: Artwork, *, by: User, reason: str) -> Review:
    """Look again at what was settled. What is released is held until then. Raises
    AlreadyDecided where it is open anyway, ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        row = Artwork.objects.select_for_update(of=("self",)).get(pk=artwork.pk)
        is_open = Review.objects.open().filter(artwork=row).exists()
        if is_open or row.moderation not in (Moderation.RELEASED, Moderation.REJECTED):
            raise AlreadyDecided(row)
        review = intake.new_review(row, Cause.REOPENED)
        review.text = reason
        review.save(force_insert=True)
        if row.moderation == Moderation.RELEASED:
            row.moderate(Moderation.HELD, timezone.now())
        decision = Decision(artwork=row, action=Action.HOLD, decided_by=by, note=reason)
        decision.grounds = ["reopened"]
        decision.save(force_insert=True)
        _log(review, log.Kind.REOPEN, by, reason=reason)
    return review


def take_down(
    artwork: Artwork, *, by: User, reason: str, note: str = "", text: str = ""
) -> Decision:
    """Reject what was released already, at once. Raises AlreadyDecided,
    ReasonMissing."""
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
        if not released.select_for_update().first():
            artwork.refresh_from_db()
            raise AlreadyDecided(artwork)
        effects.reject([artwork])
        artwork.moderation = Moderation.RELEASED
        artwork.moderate(Moderation.REJECTED, now)
        decision.decided_at = now
        decision.save(force_insert=True)
        Review.objects.filter(pk__in=keys).update(
            status=Status.CLOSED, closed_at=now, claimed_by=None, claimed_until=None
        )
        likeness.remember([artwork])
        log.append(_event(decision, taken_down=True))
    return decision


# --- How many must say so


def _is_said(review: Review, claim: int, by: User) -> bool:
    """This very submit was booked before: a double click, a lost answer."""
    if review.status != Status.WAITING:
        return review.claim == claim and _decider(review) == by.pk
    return review.opinions.filter(by=by, claim=claim).exists()


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
    fields = {"claimed_until": None, "claimed_by": None}
    _move(review, Status.WAITING, **fields, settle_after=timezone.now() + UNDO)
    _log(review, log.Kind.OPINION, by, **said)


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
    _log(review, log.Kind.DECISION, by, **what, **said)


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


# --- The log


def _log(review: Review, kind: str, by: User, **facts: object) -> None:
    facts = {"review": review.pk, "claim": review.claim, **facts}
    log.append(log.Event(review.team_id, kind, by.pk, review.artwork_id, facts))


def _event(decision: Decision, **facts: object) -> log.Event:
    facts |= {"decision": decision.pk, "action": decision.action}
    facts |= {"reason": decision.reason, "grounds": decision.grounds}
    artwork, by = decision.artwork, decision.decided_by_id
    return log.Event(artwork.team_id, log.Kind.DECISION, by, artwork.pk, facts)
