"""The sheet: leased reviews as covers. Reads only."""

from typing import Any

from accounts.access import MemberRequest
from moderation import rules, similar_decisions
from moderation.models import Decision, Desk, Review
from moderation.presenters import queue_page
from moderation.queue_filter import QueueFilter, undoable


def context(
    request: MemberRequest, queue_filter: QueueFilter, keys: list[int]
) -> dict[str, Any]:
    rows = Review.objects.filter(pk__in=keys).select_related(
        "artwork__generation", "artwork__requested_by"
    )
    reviews = list(rows.in_order())
    within = rules.in_force(queue_filter.team).alike_within
    found = {
        "queue_filter": queue_filter,
        "groups": similar_decisions.grouped(reviews, within),
        "reviews": reviews,
        "reasons": Decision.Reason.choices,
        "desk": Desk.of(request.user),
        "undoable": undoable(request),
        **queue_page.remaining(queue_filter, request.user),
    }
    if not reviews:
        found |= queue_page.empty(request, queue_filter)
    return found
