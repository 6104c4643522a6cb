"""Who has what before them: a lease on a review, for five minutes at a time.

Opening an item leases it; while somebody is at it the page renews the lease; leaving,
skipping and deciding end it. A lease has a number, so a tab that lost it and comes late
is known. Of any number of people one gets an item: its row is locked past those that
others have locked (``SKIP LOCKED``), and taken by compare-and-set, which alone decides
where there are no row locks (SQLite).
"""

import datetime
from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from accounts.models import Membership, User
from log import chain
from moderation import control_items, exposure, rules
from moderation.models import Desk, Review, ReviewQuerySet, Skip

LEASE = datetime.timedelta(minutes=5)
#: One before the eyes, one that is loaded already, one in another tab.
MOST_HELD = 3
#: On one sheet, which counts as one of them.
SHEET = 24
#: Somebody who leaves out labels is given what is among so many more.
LOOKED_THROUGH = 50
#: Priority of what is passed on → minutes within which someone should have decided.
PRIORITIES = {1: 30, 2: 4 * 60, 3: 24 * 60}

Kind = chain.Kind
Inbox = Review.Inbox


class ClaimLost(Exception):
    """The lease ran out, or somebody else has it. ``review`` is as it is now."""

    def __init__(self, review: Review) -> None:
        super().__init__(f"{review} is not theirs")
        self.review = review


def offered(
    by: User, team: int, *, cause: str = "", inbox: str = Inbox.MAIN, soon: bool = True
) -> ReviewQuerySet:
    """What may be given to this person now, in the order in which it is."""
    now = timezone.now()
    rows = Review.objects.real().reviewable_by(by).filter(team=team, inbox=inbox)
    rows = rows.free(now).open_to(by).not_skipped_by(by, now)
    appeals = Review.objects.waiting().filter(team=team, inbox=inbox).against(by)
    rows = rows.exclude(pk__in=appeals.values("pk"))
    if cause:
        rows = rows.filter(cause=cause)
    if soon and inbox == Inbox.MAIN:  # the other one shows all it has, too
        rows = rows.due_soon(now)
    return rows.in_order()


def take_next(
    by: User,
    team: int,
    *,
    besides: Collection[int] = (),
    cause: str = "",
    inbox: str = Inbox.MAIN,
    soon: bool = True,
) -> Review | None:
    """Lease the next one, or a control item in its place. Who holds as many as they may
    gets one of those, ``besides`` what their page shows. Raises care.OnBreak."""
    with transaction.atomic():
        desk = Desk.locked(by)
        exposure.check(desk)
        held = _singles(by)
        if len(held) >= MOST_HELD:
            return next((row for row in held if row.pk not in besides), None)
        rows = offered(by, team, cause=cause, inbox=inbox, soon=soon)
        found = next(iter(_bearable(rows, desk, 1)), None)
        if found:
            found = next(iter(control_items.mixed_in([found], by, desk, cause)), found)
            _lease([found], by)
        return found


def take(review: Review, by: User) -> bool:
    """Lease this one, if it is free, or go on with it, if it is theirs. False: somebody
    else has it, or it waits no longer, or they may not, or hold enough."""
    with transaction.atomic():
        exposure.check(Desk.locked(by))
        rows = Review.objects.reviewable_by(by).waiting().open_to(by)
        against = Review.objects.filter(pk=review.pk).against(by).values("pk")
        rows = rows.exclude(pk__in=against)
        found = rows.select_for_update(of=("self",)).filter(pk=review.pk).first()
        if found is None:
            return False
        if found.is_claimed_by(by):
            _renew([found], by)
        elif (
            found.is_claimed
            or held_by(by).filter(is_on_sheet=False).count() >= MOST_HELD
        ):
            return False
        else:
            _lease([found], by)
    for name in ("claim", "claimed_by_id", "claimed_until", "status"):
        setattr(review, name, getattr(found, name))
    return True


def take_sheet(by: User, team: int, *, cause: str = "", soon: bool = True) -> list[int]:
    """Lease a sheet of them, or go on with the sheet that they have; its keys."""
    with transaction.atomic():
        desk = Desk.locked(by)
        exposure.check(desk)
        on_it = list(held_by(by).filter(is_on_sheet=True, team=team))
        _renew(on_it, by)
        rows = offered(by, team, cause=cause, soon=soon)
        more = _bearable(rows, desk, SHEET) if not on_it else []
        more += control_items.mixed_in(more, by, desk, cause)
        _lease(more, by, is_on_sheet=True)
        return [row.pk for row in (*on_it, *more)]


def _bearable(rows: ReviewQuerySet, desk: Desk, number: int) -> list[Review]:
    """The first of them, locked, without a label that this person does not look at: the
    strongest is said in the queue, the others in the audit alone."""
    rows = rows.select_for_update(skip_locked=True, of=("self",))
    if not desk.opted_out:
        return list(rows[:number])
    left_out = set(desk.opted_out)
    some = rows.exclude(label__in=left_out).select_related("artwork")
    some = some[: number + LOOKED_THROUGH]
    found = [row for row in some if not rules.labels_against(row.artwork) & left_out]
    return found[:number]


def held_by(user: User) -> ReviewQuerySet:
    return Review.objects.claimed(timezone.now()).filter(claimed_by=user)


def _singles(user: User) -> list[Review]:
    """Not on a sheet, the longest held first."""
    return list(held_by(user).filter(is_on_sheet=False).order_by("claimed_at", "pk"))


def keep(by: User, keys: Collection[int]) -> datetime.datetime | None:
    """Renew the leases that are still theirs; until when, or None: none is."""
    with transaction.atomic():
        mine = held_by(by).reviewable_by(by).filter(pk__in=keys)
        return _renew(list(mine.select_for_update()), by)


def make_room(by: User) -> None:
    """For one that they get back: of as many as one may hold, what they took last goes
    back to the others."""
    held = held_by(by).filter(is_on_sheet=False).order_by("claimed_at", "pk")
    if excess := list(held.values_list("pk", flat=True)[MOST_HELD - 1 :]):
        give_back(by, excess)


def give_back(by: User, keys: Collection[int], until: Sequence[str] = ()) -> None:
    """They left: somebody else may have them at once.

    ``until`` are the ends of the leases, "12:1767225600" in Unix seconds, as the page
    knew them: one that was renewed since is another page's, and stays.
    """
    with transaction.atomic():
        rows = held_by(by).filter(pk__in=keys).select_for_update()
        known = dict(one.split(":", 1) for one in until if ":" in one)
        gone = [row for row in rows if _end_of(row) in (known.get(str(row.pk)), "")]
        _end(gone if known else list(rows), by, Kind.GIVE_BACK)


def _end_of(row: Review) -> str:
    return str(int(row.claimed_until.timestamp())) if row.claimed_until else ""


def skip(review: Review, claim: int, *, by: User) -> None:
    """Not now: it does not come straight back to the same person; others may have it,
    also where it was meant for this one. Raises ClaimLost."""
    with transaction.atomic():
        found = ours(review, claim, by)
        Skip.objects.create(review=found, by=by)
        _end([found], by, Kind.SKIP, {"assigned_to": None})


def escalate(
    review: Review, claim: int, *, by: User, reason: str, priority: int
) -> None:
    """To the other inbox, and to somebody else. Raises ClaimLost.

    An appeal stays kept from who decided before; who passes it on has skipped it.
    """
    with transaction.atomic():
        found = ours(review, claim, by)
        if found.cause == Review.Cause.APPEAL:
            Skip.objects.create(review=found, by=by)
        wait = datetime.timedelta(minutes=PRIORITIES[priority])
        fields: dict[str, object] = {
            "inbox": Inbox.ESCALATED,
            "not_by": found.not_by if found.cause == Review.Cause.APPEAL else by,
            "escalation": reason,
            "assigned_to": None,
            "due_at": min(found.due_at, timezone.now() + wait),
        }
        facts = {"reason": reason, "priority": priority}
        _end([found], by, Kind.ESCALATE, fields, facts)


def assign(review: Review, claim: int, *, by: User, to: User) -> None:
    """For one person alone, until it is due. Raises ClaimLost."""
    with transaction.atomic():
        found = ours(review, claim, by)
        Skip.objects.create(review=found, by=by)
        _end([found], by, Kind.ASSIGN, {"assigned_to": to}, {"to": to.pk})


def unassign() -> int:
    """What is kept for who does not moderate its team any more; how many were."""
    theirs = Membership.objects.filter(
        user=OuterRef("assigned_to"),
        team=OuterRef("team"),
        role__in=Membership.MODERATING,
    )
    kept = Review.objects.waiting().filter(assigned_to__isnull=False)
    return kept.filter(~Exists(theirs)).update(assigned_to=None)


def ours(review: Review, claim: int, by: User) -> Review:
    """This row, locked, if this very lease is theirs still; raises ClaimLost."""
    found = Review.objects.select_for_update(of=("self",)).get(pk=review.pk)
    if not found.is_claimed_by(by) or found.claim != claim:
        raise ClaimLost(found)
    return found


def _lease(rows: Sequence[Review], by: User, *, is_on_sheet: bool = False) -> None:
    """All of them or none: raises ClaimLost where somebody was first."""
    if not rows:
        return
    now = timezone.now()
    keys = [row.pk for row in rows]
    taken = (
        Review.objects.free(now)
        .filter(pk__in=keys)
        .update(
            claim=F("claim") + 1,
            claimed_by=by,
            claimed_at=now,
            claimed_until=now + LEASE,
            is_on_sheet=is_on_sheet,
        )
    )
    if taken != len(rows):
        raise ClaimLost(rows[0])
    for row in rows:
        row.claim, row.is_on_sheet = row.claim + 1, is_on_sheet
        row.claimed_by, row.claimed_at, row.claimed_until = by, now, now + LEASE
    chain.append_all(_event(row, Kind.CLAIM, by) for row in rows)


def _renew(rows: Sequence[Review], by: User) -> datetime.datetime | None:
    until = timezone.now() + LEASE
    for row in rows:
        row.claimed_until = until
    keys = [row.pk for row in rows]
    mine = Review.objects.waiting().filter(pk__in=keys, claimed_by=by)
    return until if rows and mine.update(claimed_until=until) else None


def _end(
    rows: Sequence[Review],
    by: User,
    kind: str,
    fields: dict[str, object] | None = None,
    facts: dict[str, object] | None = None,
) -> None:
    keys = [row.pk for row in rows]
    Review.objects.filter(pk__in=keys).update(
        claimed_until=None, claimed_by=None, is_on_sheet=False, **(fields or {})
    )
    unanswered = [row.pk for row in rows if row.is_control]
    if unanswered:
        Review.objects.filter(pk__in=unanswered).update(
            status=Review.Status.CLOSED, closed_at=timezone.now()
        )
    chain.append_all(_event(row, kind, by, **(facts or {})) for row in rows)


def _event(row: Review, kind: str, by: User, **more: object) -> chain.Event:
    facts = {"review": row.pk, "claim": row.claim, **more}
    return chain.Event(row.team_id, kind, by.pk, row.artwork_id, facts)
