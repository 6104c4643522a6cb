"""One generation: all about it, how it moves, and how it is taken back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest
from generation import lifecycle
from generation.models import Generation
from generation.views import cards, facts
from spend.models import Transfer

#: A page shows fewer cards than this; more is not asked after at once.
MOST_SEEN = 100


@require_GET
def detail(request: MemberRequest, pk: int) -> HttpResponse:
    rows = Generation.objects.visible_to(request.user).select_related(
        "team", "inquiry__closed_by"
    )
    generation = get_object_or_404(cards.with_cards(rows, is_whole=True), pk=pk)
    card = cards.Card(generation, request.user, is_whole=True)
    transfers = Transfer.objects.visible_to(request.user).filter(generation=pk)
    context = {
        "card": card,
        "seen": cards.seen([card]),
        "is_whole": True,
        "parameters": facts.parameters(generation),
        "tasks": sorted(generation.tasks.all(), key=lambda task: task.position),
        "transfers": transfers.order_by("created_at", "pk"),
    }
    return render(request, "generation/detail.html", context)


@require_GET
@never_cache
def moving(request: MemberRequest) -> HttpResponse:
    """Asked by every page that shows something moving: 204 where nothing changed."""
    seen = _read(request.GET.get("seen", ""))
    rows = Generation.objects.visible_to(request.user).filter(pk__in=seen)
    versions = dict(rows.values_list("pk", "version"))
    changed = [pk for pk, version in versions.items() if version != seen[pk]]
    if not changed and len(versions) == len(seen):
        return HttpResponse(status=204)
    found = cards.with_cards(Generation.objects.filter(pk__in=changed))
    is_whole = "whole" in request.GET
    fresh = [cards.Card(each, request.user, is_whole=is_whole) for each in found]
    still = [f"{pk}:{seen[pk]}" for pk in versions if pk not in changed]
    context = {
        "cards": fresh,
        "is_whole": is_whole,
        "seen": ",".join([*still, *filter(None, [cards.seen(fresh)])]),
    }
    return render(request, "generation/_moving.html", context)


def _read(seen: str) -> dict[int, int]:
    """ "12:3,13:5" → {12: 3, 13: 5}; what cannot be read is left out."""
    found = {}
    for part in seen.split(",")[:MOST_SEEN]:
        pk, _colon, version = part.partition(":")
        if all(n.isascii() and n.isdigit() and len(n) < 19 for n in (pk, version)):
            found[int(pk)] = int(version)
    return found


@require_POST
def cancel(request: MemberRequest, pk: int) -> HttpResponse:
    mine = Generation.objects.visible_to(request.user).filter(requested_by=request.user)
    rows = mine.select_related("team", "account", "requested_by")
    generation = get_object_or_404(rows, pk=pk)
    if not lifecycle.cancel(generation):
        messages.warning(request, _("Too late to cancel it."))
    elif generation.status == Generation.Status.CANCELLED:
        messages.success(request, _("Cancelled. It costs nothing."))
    else:
        messages.success(request, _("The gateway lets it go; its next answer says so."))
    if not request.htmx:
        return redirect("generation:detail", pk=pk)
    row, is_whole = cards.with_cards(mine).get(pk=pk), "whole" in request.POST
    card = cards.Card(row, request.user, is_whole=is_whole)
    return render(request, "generation/_cancelled.html", {"card": card})
