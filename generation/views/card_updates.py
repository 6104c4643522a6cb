from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest
from generation.models import Generation
from generation.presenters import cards
from generation.presenters.queue_position import PageQueue
from net.request_values import number

#: Entries that are read; no page shows as many cards.
MOST_POLLED = 100


@require_GET
@never_cache
def card_updates(request: MemberRequest) -> HttpResponse:
    """Cards changed since ``seen``, a `poll_cursor`; 204 without a change."""
    seen = _parse_cursor(request.GET.get("seen", ""))
    rows = Generation.objects.visible_to(request.user).filter(pk__in=seen)
    queue = PageQueue()
    known = rows.only("pk", "version", "status", "provider", "turn")
    current = {row.pk: _version(row, queue) for row in known}
    changed = [pk for pk, version in current.items() if version != seen[pk]]
    if not changed and len(current) == len(seen):
        return HttpResponse(status=204)
    rows = Generation.objects.filter(pk__in=changed).order_by("pk")
    is_whole = "whole" in request.GET
    fresh = cards.of_page(cards.with_cards(rows), request.user, is_whole=is_whole)
    unchanged = [
        cards.cursor_entry(pk, *version)
        for pk, version in current.items()
        if pk not in changed
    ]
    context = {
        "cards": fresh,
        "is_whole": is_whole,
        "poll_cursor": ",".join(
            [*unchanged, *filter(None, [cards.poll_cursor(fresh)])]
        ),
    }
    return render(request, "generation/_card_updates.html", context)


def _version(generation: Generation, queue: PageQueue) -> tuple[int, int]:
    is_queued = generation.status == Generation.Status.QUEUED
    return generation.version, queue.ahead(generation) if is_queued else 0


def _parse_cursor(cursor: str) -> dict[int, tuple[int, int]]:
    """ "12:3,13:5:7" → {12: (3, 0), 13: (5, 7)}; skips malformed entries."""
    found = {}
    for entry in cursor.split(",")[:MOST_POLLED]:
        read = [number(text) for text in entry.split(":")]
        numbers = [one for one in read if one is not None]
        if len(read) == len(numbers) and len(numbers) in (2, 3):
            pk, version, ahead = [*numbers, 0][:3]
            found[pk] = (version, ahead)
    return found
