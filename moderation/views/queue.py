"""The queue: what waits in a team, by due time, under its covers; who is at it."""

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest
from accounts.models import User
from moderation.models import Decision, Desk, Reveal, Review, ReviewQuerySet
from moderation.queue_filter import (
    MOST_WAITING,
    QueueFilter,
    chosen_team,
    moderated_teams,
    place,
    undoable,
)

PAGE = 18
#: Counting stops here; the page then says "500+".
MOST_COUNTED = 500
#: The strip under an item counts less: it is asked for after each decision.
MOST_LEFT = 99
#: Of three tables, what an item of the list says; and of the people it names.
SHOWN = (
    *("artwork", "status", "cause", "due_at", "harm", "claimed_until"),
    *("expected", "created_at", "escalation"),
    *("artwork__generation__prompt", "artwork__created_at", "artwork__labels"),
    *("artwork__verdict", "artwork__is_offending", "artwork__is_check_failed"),
    *("artwork__width", "artwork__height"),
    *("artwork__requested_by", "claimed_by", "assigned_to"),
)
NAMES = ("username", "first_name", "last_name")


@dataclass(frozen=True, slots=True)
class Chip:
    part: str
    words: str | Promise
    count: int
    is_more: bool


@require_GET
def queue(request: MemberRequest) -> HttpResponse:
    teams = moderated_teams(request)
    team = chosen_team(request, teams)
    where = place(request.GET, team.pk)
    rows, later = _page(_shown(where), request.GET.get("before", ""))
    _name(rows)
    chips = _chips(where)
    if where.soon and where.team == request.membership.team_id:
        request.waiting = min(chips[0].count, MOST_WAITING + 1)  # for the shell
    context: dict[str, Any] = {
        "teams": teams,
        "team": team,
        "place": where,
        "chips": chips,
        "escalated": _counted(_of(where.team).filter(inbox=Review.Inbox.ESCALATED)),
        "rows": rows,
        "later": later,
        "present": _present(team.pk),
        "desk": Desk.of(request.user),
        "now": timezone.now(),
        "undoable": undoable(request),
    }
    if not rows:
        context |= empty(request, where)
    return render(request, "moderation/queue.html", context)


def empty(request: MemberRequest, where: QueueFilter) -> dict[str, Any]:
    """What an empty queue says: what is due later, one's own day, where else."""
    user = request.user
    others = [row.pk for row in moderated_teams(request) if row.pk != where.team]
    elsewhere = Review.objects.waiting().filter(team__in=others)
    later = QueueFilter(where.team, soon=False).offered(user)
    return {
        "today": today(user),
        "due_later": _counted(later),
        "elsewhere": elsewhere.due_soon(timezone.now()).in_order().first(),
    }


def today(user: User) -> dict[str, int]:
    """One's own numbers since midnight: released, rejected, revealed."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    decisions = user.decisions.kept().filter(decided_at__gte=midnight).order_by()
    counted = dict(decisions.values_list("action").annotate(Count("pk")))
    revealed = Reveal.objects.filter(revealed_by=user, revealed_at__gte=midnight)
    return {
        "released": counted.get(Decision.Action.RELEASE, 0),
        "rejected": counted.get(Decision.Action.REJECT, 0),
        "revealed": revealed.count(),
    }


def _of(team: int) -> ReviewQuerySet:
    return Review.objects.waiting().filter(team=team)


def _shown(where: QueueFilter) -> ReviewQuerySet:
    return where.waiting().select_related("artwork__generation").only(*SHOWN)


def _name(rows: Sequence[Review]) -> None:
    """Who asked, has it, or is to have it: one query for all. Joined three times to the
    rows, they made PostgreSQL plan for longer than it then reads."""
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


def _page(rows: ReviewQuerySet, cursor: str) -> tuple[Sequence[Review], str]:
    """By due time, harm and key, from the one after the cursor; and the next cursor."""
    if after := _read(cursor):
        at, harm, pk = after
        behind = Q(due_at__gt=at) | Q(due_at=at, harm__lt=harm)
        behind |= Q(due_at=at, harm=harm, pk__gt=pk)
        rows = rows.filter(due_at__gte=at).filter(behind)
    found = list(rows.in_order()[: PAGE + 1])
    if len(found) <= PAGE:
        return found, ""
    last = found[PAGE - 1]
    return found[:PAGE], f"{last.due_at.isoformat()}~{last.harm}~{last.pk}"


def _read(cursor: str) -> tuple[datetime.datetime, int, int] | None:
    """A cursor that nobody can read begins at the beginning."""
    try:
        at, harm, pk = cursor.replace(" ", "+").split("~")
        parsed = parse_datetime(at)
        return (parsed, int(harm), int(pk)) if parsed and parsed.tzinfo else None
    except ValueError:
        return None


def _chips(where: QueueFilter) -> list[Chip]:
    """Each with its count among the first that wait: one query, however many do.
    Control items, which come and go, are not counted."""
    main = _of(where.team).real().filter(inbox=Review.Inbox.MAIN)
    soon = main.due_soon(timezone.now()) if where.soon else main
    first = list(soon.in_order().values_list("cause", flat=True)[: MOST_COUNTED + 1])
    is_more, counted = len(first) > MOST_COUNTED, Counter(first)
    chips = [Chip("", _("All"), min(len(first), MOST_COUNTED), is_more)]
    return chips + [
        Chip(cause.value, cause.label, counted[cause], is_more)
        for cause in Review.Cause
        if counted[cause] or cause == where.part
    ]


def _counted(rows: ReviewQuerySet) -> int:
    return rows.order_by()[: MOST_COUNTED + 1].count()


def _present(team: int) -> list[User]:
    """Who has something of this team before them now."""
    held = Review.objects.claimed(timezone.now()).filter(team=team)
    return list(
        User.objects.filter(pk__in=held.values("claimed_by")).order_by("username")
    )


def left(where: QueueFilter, by: User) -> dict[str, Any]:
    """For the strip under an item: how many there are, and the first that is due."""
    rows = list(where.offered(by).values_list("due_at")[: MOST_LEFT + 1])
    return {
        "left": min(len(rows), MOST_LEFT),
        "is_more": len(rows) > MOST_LEFT,
        "first_due": rows[0][0] if rows else None,
        "now": timezone.now(),
    }
