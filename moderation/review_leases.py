"""Leases on reviews: one moderator at a time holds a review.

Opening leases the review, the page's heartbeat renews; leaving, skipping, passing on
and deciding end the lease. Leases are numbered: a tab with an older one is refused. A
lease is taken by compare-and-set; PostgreSQL also skips locked rows (``SKIP LOCKED``),
SQLite has no row locks. Claims, skips and give-backs are ``LeaseEvent`` rows.
"""

import datetime
from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from moderation import control_items, exposure, rules, tabs
from moderation.models import Desk, LeaseEvent, Review, ReviewQuerySet, Skip
from moderation.tabs import Tab

LEASE = datetime.timedelta(minutes=5)
#: Per person: the shown item, the one loaded ahead, one in another tab.
MOST_HELD = 3
#: Items of one sheet; they do not count towards MOST_HELD.
SHEET = 24
#: Extra reviews to scan for a moderator who opted out of labels.
EXTRA_FOR_OPT_OUT = 50

Kind = LeaseEvent.Kind


class LeaseLost(Exception):
    """The lease ran out, or is somebody else's. ``review`` has today's values."""

    def __init__(self, review: Review) -> None:
        super().__init__(f"the lease on {review} is lost")
        self.review = review


def offered(
    by: User, team: int, *, tab: str = Tab.QUEUE, cause: str = "", soon: bool = True
) -> ReviewQuerySet:
    """What this person may be given now, in queue order."""
    now = timezone.now()
    rows = Review.objects.real().reviewable_by(by).filter(team=team)
    rows = tabs.within(rows, tab, now, later=not soon)
    rows = rows.free(now).neither_own_nor_decided_by(by).not_assigned_to_others(by)
    rows = rows.not_skipped_by(by, now)
    if tab != Tab.QUEUE:  # which has no appeals
        waiting = Review.objects.waiting().filter(team=team)
        rows = rows.exclude(pk__in=waiting.appeals_against(by).values("pk"))
    if cause:
        rows = rows.filter(cause=cause)
    return rows.in_order()


def take_next(
    by: User,
    team: int,
    *,
    besides: Collection[int] = (),
    tab: str = Tab.QUEUE,
    cause: str = "",
    soon: bool = True,
) -> Review | None:
    """Lease the next review, or a control item in its place.

    At MOST_HELD, renews one that is not in ``besides``, the keys on the page. None:
    nothing is on offer. Raises exposure.OnBreak.
    """
    with transaction.atomic():
        desk = Desk.locked(by)
        exposure.check(desk)
        held = _singles(by)
        if len(held) >= MOST_HELD:
            found = next((row for row in held if row.pk not in besides), None)
            _renew([found] if found else [], by)
            return found
        rows = offered(by, team, tab=tab, cause=cause, soon=soon)
        found = next(iter(_without_opted_out(rows, desk, 1)), None)
        if found:
            found = next(iter(control_items.mixed_in([found], by, desk, cause)), found)
            _lease([found], by)
        return found


def take(review: Review, by: User) -> bool:
    """Lease this review, or renew one's own lease, on a sheet or not. False: somebody
    else holds it, it no longer waits, or is not for this person. Beyond MOST_HELD the
    lease that was renewed least recently is given back. Raises exposure.OnBreak."""
    with transaction.atomic():
        exposure.check(Desk.locked(by))
        rows = Review.objects.reviewable_by(by).waiting()
        rows = rows.neither_own_nor_decided_by(by).not_assigned_to_others(by)
        appeal = Review.objects.filter(pk=review.pk).appeals_against(by)
        rows = rows.exclude(pk__in=appeal.values("pk"))
        found = rows.select_for_update(of=("self",)).filter(pk=review.pk).first()
        if found is None:
            return False
        if found.is_claimed_by(by):
            _move([found], by, is_on_sheet=False)
        elif found.is_claimed:
            return False
        else:
            make_room(by, "-claimed_until")
            _lease([found], by)
    for name in ("claim", "claimed_until", "status"):
        setattr(review, name, getattr(found, name))
    review.claimed_by = by
    return True


def take_sheet(by: User, team: int, *, cause: str = "", soon: bool = True) -> list[int]:
    """Lease a sheet, or renew the person's; returns the keys. Single items that the
    person holds come along. Raises exposure.OnBreak."""
    with transaction.atomic():
        desk = Desk.locked(by)
        exposure.check(desk)
        held = list(held_by(by).filter(is_on_sheet=True, team=team))
        _renew(held, by)
        singles = held_by(by).filter(is_on_sheet=False, team=team)
        singles = tabs.within(singles, Tab.QUEUE, timezone.now(), later=True)
        carried = list(singles.filter(cause=cause) if cause else singles)
        _move(carried, by, is_on_sheet=True)
        fresh = []
        if not held:
            rows = offered(by, team, cause=cause, soon=soon)
            fresh = _without_opted_out(rows, desk, SHEET - len(carried))
            fresh += control_items.mixed_in(fresh, by, desk, cause)
            _lease(fresh, by, is_on_sheet=True)
        return [row.pk for row in (*held, *carried, *fresh)]


def leave_sheet(by: User, team: int) -> None:
    """Before going on one by one: what the sheet held is offered again."""
    held = held_by(by).filter(is_on_sheet=True, team=team)
    if keys := list(held.values_list("pk", flat=True)):
        give_back(by, keys)


def _without_opted_out(rows: ReviewQuerySet, desk: Desk, number: int) -> list[Review]:
    """Locked, without opted-out labels: a review has the gravest label, the audit
    all."""
    rows = rows.select_for_update(skip_locked=True, of=("self",))
    if not desk.opted_out:
        return list(rows[:number])
    opted_out = set(desk.opted_out)
    some = rows.exclude(label__in=opted_out).select_related("artwork")
    some = some[: number + EXTRA_FOR_OPT_OUT]
    found = [row for row in some if not rules.labels_against(row.artwork) & opted_out]
    return found[:number]


def held_by(user: User) -> ReviewQuerySet:
    """In teams that the user still moderates."""
    claimed = Review.objects.claimed(timezone.now()).filter(claimed_by=user)
    return claimed.reviewable_by(user)


def _singles(user: User) -> list[Review]:
    return list(held_by(user).filter(is_on_sheet=False).order_by("claimed_at", "pk"))


def keep(by: User, keys: Collection[int]) -> datetime.datetime | None:
    """Renew leases still held; their new end, None where none is left."""
    with transaction.atomic():
        mine = held_by(by).filter(pk__in=keys)
        return _renew(list(mine.select_for_update()), by)


def make_room(by: User, *order: str) -> None:
    """One more review must fit into MOST_HELD; the last in this order go back, without
    one the newest."""
    held = held_by(by).filter(is_on_sheet=False)
    held = held.order_by(*order, "claimed_at", "pk")
    if excess := list(held.values_list("pk", flat=True)[MOST_HELD - 1 :]):
        give_back(by, excess)


def give_back(by: User, keys: Collection[int], until: Sequence[str] = ()) -> None:
    """Others may be given the reviews at once.

    ``until``: the ends as the page knew them, "12:1767225600" for review 12 in Unix
    seconds. A lease renewed since belongs to another page and stays.
    """
    with transaction.atomic():
        rows = held_by(by).filter(pk__in=keys).select_for_update()
        known = dict(one.split(":", 1) for one in until if ":" in one)
        gone = [row for row in rows if _end_of(row) in (known.get(str(row.pk)), "")]
        ended = gone if known else list(rows)
        end(ended)
        _record(ended, by, Kind.GIVE_BACK)


def _end_of(row: Review) -> str:
    return str(int(row.claimed_until.timestamp())) if row.claimed_until else ""


def skip(review: Review, claim: int, *, by: User) -> None:
    """End the lease and this person's assignment; not offered to them for a while.
    Raises LeaseLost."""
    with transaction.atomic():
        found = ours(review, claim, by)
        Skip.objects.create(review=found, by=by)
        end([found], assigned_to=None)
        _record([found], by, Kind.SKIP)


def ours(review: Review, claim: int, by: User) -> Review:
    """The review, locked, under this lease. Raises LeaseLost."""
    found = Review.objects.select_for_update(of=("self",)).get(pk=review.pk)
    if not found.is_claimed_by(by) or found.claim != claim:
        raise LeaseLost(found)
    return found


def _lease(rows: Sequence[Review], by: User, *, is_on_sheet: bool = False) -> None:
    """All rows or none. Raises LeaseLost where somebody was first."""
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
        raise LeaseLost(rows[0])
    for row in rows:
        row.claim, row.is_on_sheet = row.claim + 1, is_on_sheet
        row.claimed_by, row.claimed_at, row.claimed_until = by, now, now + LEASE
    _record(rows, by, Kind.CLAIM)


def _renew(rows: Sequence[Review], by: User) -> datetime.datetime | None:
    until = timezone.now() + LEASE
    for row in rows:
        row.claimed_until = until
    keys = [row.pk for row in rows]
    mine = Review.objects.waiting().filter(pk__in=keys, claimed_by=by)
    return until if rows and mine.update(claimed_until=until) else None


def _move(rows: Sequence[Review], by: User, *, is_on_sheet: bool) -> None:
    """To or from a sheet, under the same lease, renewed to a later second: a page that
    is left gives back only leases that end when it says (``give_back``)."""
    second = datetime.timedelta(seconds=1)
    ends = [row.claimed_until + second for row in rows if row.claimed_until]
    until = max([timezone.now() + LEASE, *ends])
    for row in rows:
        row.claimed_until, row.is_on_sheet = until, is_on_sheet
    mine = Review.objects.waiting().filter(pk__in=[row.pk for row in rows])
    mine = mine.filter(claimed_by=by)
    mine.update(claimed_until=until, is_on_sheet=is_on_sheet)


def end(rows: Sequence[Review], **fields: object) -> None:
    """An unanswered control item is closed with its lease."""
    keys = [row.pk for row in rows]
    Review.objects.filter(pk__in=keys).update(
        claimed_until=None, claimed_by=None, is_on_sheet=False, **fields
    )
    unanswered = [row.pk for row in rows if row.is_control]
    if unanswered:
        Review.objects.filter(pk__in=unanswered).update(
            status=Review.Status.CLOSED, closed_at=timezone.now()
        )


def _record(rows: Sequence[Review], by: User, kind: str) -> None:
    LeaseEvent.objects.bulk_create(
        LeaseEvent(
            team_id=row.team_id,
            review=row,
            artwork_id=row.artwork_id,
            kind=kind,
            claim=row.claim,
            by=by,
        )
        for row in rows
    )
