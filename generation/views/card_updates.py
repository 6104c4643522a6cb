from collections.abc import Container

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
    """Cards changed since ``seen``, a `poll_cursor`, and own ones newer than ``after``;
    204 without any."""
    seen = _parse_cursor(request.GET.get("seen", ""))
    rows = Generation.objects.visible_to(request.user).filter(pk__in=seen)
    queue = PageQueue()
    known = rows.only("pk", "version", "status", "provider", "turn")
    current = {row.pk: _version(row, queue) for row in known}
    changed = [pk for pk, version in current.items() if version != seen[pk]]
    after = number(request.GET.get("after", ""))
    new = [] if after is None else _new(request, after, seen)
    if not changed and not new and len(current) == len(seen):
        return HttpResponse(status=204)
    stale = Generation.objects.filter(pk__in=[*changed, *new]).order_by("pk")
    is_whole = "whole" in request.GET
    fresh = cards.of_page(list(stale), request.user, is_whole=is_whole)
    unchanged = [
        cards.cursor_entry(pk, *version)
        for pk, version in current.items()
        if pk not in changed
    ]
    context = {
        "cards": [card for card in fresh if card.generation.pk not in new],
        "new_cards": [card for card in fresh[::-1] if card.generation.pk in new],
        "is_whole": is_whole,
        "poll_cursor": cards.joined(*unchanged, cards.poll_cursor(fresh)),
        "newest": None if after is None else max([after, *new, *current]),
    }
    return render(request, "generation/_card_updates.html", context)


def _new(request: MemberRequest, after: int, seen: Container[int]) -> list[int]:
    """Submitted elsewhere, in another tab: what a feed does not show yet."""
    latest = cards.own(request).values_list("pk", flat=True)[: cards.LATEST]
    return [pk for pk in latest if pk > after and pk not in seen]


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
