"""A team's queue: covered items by due time, and the colleagues who hold leases."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest
from moderation.models import Desk
from moderation.presenters import queue_page
from moderation.queue_filter import (
    MOST_WAITING,
    QueueFilter,
    chosen_team,
    moderated_teams,
    undoable,
)


@require_GET
def queue(request: MemberRequest) -> HttpResponse:
    teams = moderated_teams(request)
    team = chosen_team(request, teams)
    queue_filter = QueueFilter.of(request.GET, team.pk)
    rows, later = queue_page.items(queue_filter, request.GET.get("before", ""))
    tabs = queue_page.tab_links(team.pk)
    if team.pk == request.membership.team_id:  # for the navigation
        request.waiting = min(sum(each.count for each in tabs), MOST_WAITING + 1)
    context: dict[str, Any] = {
        "teams": teams,
        "team": team,
        "queue_filter": queue_filter,
        "chips": queue_page.chips(queue_filter),
        "tabs": tabs,
        "rows": rows,
        "later": later,
        "present": queue_page.colleagues(team.pk, request.user),
        "desk": Desk.of(request.user),
        "now": timezone.now(),
        "undoable": undoable(request),
    }
    if not rows:
        context |= queue_page.empty(request, queue_filter)
    return render(request, "moderation/queue.html", context)
