"""The queue's list, chips and counts. Reads only."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.access import MemberRequest
from accounts.models import User
from accounts.paging import read_cursor
from moderation import tabs
from moderation.models import Decision, Reveal, Review, ReviewQuerySet
from moderation.queue_filter import QueueFilter, moderated_teams
from moderation.tabs import Tab

PAGE_SIZE = 18
#: Counts stop here, at "500+".
MOST_COUNTED = 500
#: The count under an item stops here: each decision asks for it.
MOST_REMAINING = 99
COLUMNS = (
    *("artwork", "status", "cause", "due_at", "harm", "claimed_until"),
    *("expected", "created_at", "escalation", "text"),
    "artwork__generation__operation",
    *("artwork__generation__prompt", "artwork__created_at", "artwork__labels"),
    *("artwork__verdict", "artwork__is_offending", "artwork__is_check_failed"),
    *("artwork__width", "artwork__height"),
    *("artwork__requested_by", "claimed_by", "assigned_to"),
)
NAMES = ("username", "first_name", "last_name")


@dataclass(frozen=True, slots=True)
class Chip:
    """A cause as a filter."""

    cause: str
    words: str | Promise
    count: int
    is_more: bool


@dataclass(frozen=True, slots=True)
class TabLink:
    tab: Tab
    count: int
    is_more: bool


def items(queue_filter: QueueFilter, cursor: str) -> tuple[Sequence[Review], str]:
    """The page after the cursor; the next cursor (empty: none)."""
    rows = queue_filter.waiting()
    rows = rows.select_related("artwork__generation").only(*COLUMNS)
    if after := read_cursor(cursor, numbers=2):
        at, (harm, pk) = after
        behind = Q(due_at__gt=at) | Q(due_at=at, harm__lt=harm)
        behind |= Q(due_at=at, harm=harm, pk__gt=pk)
        rows = rows.filter(due_at__gte=at).filter(behind)
    found = list(rows.in_order()[: PAGE_SIZE + 1])
    page = found[:PAGE_SIZE]
    _load_people(page)
    if len(found) <= PAGE_SIZE:
        return page, ""
    last = page[-1]
    return page, f"{last.due_at.isoformat()}~{last.harm}~{last.pk}"


def _load_people(rows: Sequence[Review]) -> None:
    """One query: PostgreSQL would plan three joins longer than it reads."""
    named = (
        (row.artwork.requested_by_id, row.claimed_by_id, row.assigned_to_id)
        for row in rows
    )
    keys = {key for three in named for key in three if key}
    people = User.objects.only(*NAMES).in_bulk(keys)
    for row in rows:
        row.artwork.requested_by = people[row.artwork.requested_by_id]
        row.claimed_by = people.get(row.claimed_by_id or 0)
        row.assigned_to = people.get(row.assigned_to_id or 0)


def chips(queue_filter: QueueFilter) -> list[Chip]:
    """Causes in the queue's own tab, in one query, without control items."""
    rows = Review.objects.waiting().filter(team=queue_filter.team).real()
    now, later = timezone.now(), not queue_filter.soon
    rows = tabs.within(rows, Tab.QUEUE, now, later=later)
    first = list(rows.in_order().values_list("cause", flat=True)[: MOST_COUNTED + 1])
    is_more, counted = len(first) > MOST_COUNTED, Counter(first)
    every = Chip("", _("All"), min(len(first), MOST_COUNTED), is_more)
    return [every] + [
        Chip(cause.value, cause.label, counted[cause], is_more)
        for cause in Review.Cause
        if counted[cause] or cause == queue_filter.cause
    ]


def tab_links(team: int) -> list[TabLink]:
    return [
        TabLink(tab, min(number, MOST_COUNTED), number > MOST_COUNTED)
        for tab, number in tabs.counts(team, MOST_COUNTED).items()
    ]


def colleagues(team: int, user: User) -> list[User]:
    """Who holds leases in the team, but for ``user``."""
    held = Review.objects.claimed(timezone.now()).filter(team=team)
    held = held.exclude(claimed_by=user)
    return list(
        User.objects.filter(pk__in=held.values("claimed_by")).order_by("username")
    )


def empty(request: MemberRequest, queue_filter: QueueFilter) -> dict[str, Any]:
    """For a queue without items; ``elsewhere`` is a review of another team."""
    user = request.user
    teams = [row.pk for row in moderated_teams(request) if row.pk != queue_filter.team]
    elsewhere = Review.objects.waiting().filter(team__in=teams)
    later = QueueFilter(queue_filter.team, soon=False).offered(user)
    return {
        "today": today(user),
        "due_later": _count(later),
        "later_due": later.values_list("due_at", flat=True).first(),
        "other_tabs": [
            each
            for each in tab_links(queue_filter.team)
            if each.count and each.tab != queue_filter.tab
        ],
        "elsewhere": elsewhere.due_soon(timezone.now()).in_order().first(),
        "now": timezone.now(),
    }


def today(user: User) -> dict[str, int]:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    decisions = user.decisions.kept().filter(decided_at__gte=midnight).order_by()
    counted = dict(decisions.values_list("action").annotate(Count("pk")))
    revealed = Reveal.objects.filter(revealed_by=user, revealed_at__gte=midnight)
    return {
        "released": counted.get(Decision.Action.RELEASE, 0),
        "rejected": counted.get(Decision.Action.REJECT, 0),
        "revealed": revealed.count(),
    }


def remaining(queue_filter: QueueFilter, by: User) -> dict[str, Any]:
    """For the strip under an item."""
    rows = list(queue_filter.offered(by).values_list("due_at")[: MOST_REMAINING + 1])
    return {
        "remaining": min(len(rows), MOST_REMAINING),
        "is_more": len(rows) > MOST_REMAINING,
        "first_due": rows[0][0] if rows else None,
        "now": timezone.now(),
    }


def _count(rows: ReviewQuerySet) -> int:
    return rows.order_by()[: MOST_COUNTED + 1].count()
