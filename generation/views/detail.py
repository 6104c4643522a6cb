"""One generation: all about it, how it moves, and how it is taken back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest
from generation import lifecycle
from generation.models import Generation, ProviderTask
from generation.presenters import cards, cost_words, request_facts
from generation.presenters.queue_position import Queue
from generation.views import parameters
from spend.models import Transfer

#: A page shows fewer cards than this; more is not asked after at once.
MOST_SEEN = 100
Cancelled = lifecycle.Cancelled
CANCELLED = {
    Cancelled.WHOLE: gettext_lazy(
        "Cancelled. The gateway still settles what it costs."
    ),
    Cancelled.PARTLY: gettext_lazy(
        "What still waited is cancelled. The other pictures have begun, and will be "
        "finished."
    ),
    Cancelled.ASKED: gettext_lazy("The gateway lets it go; its next answer says so."),
    Cancelled.UNHEARD: gettext_lazy(
        "The gateway did not answer. It is asked again what became of it."
    ),
    Cancelled.BEGUN: gettext_lazy(
        "Too late to cancel it: it has begun meanwhile, and will be finished."
    ),
    Cancelled.KEPT: gettext_lazy("The gateway does not let go of it."),
    Cancelled.SENDING: gettext_lazy(
        "Too late to cancel it here: it is being sent. Try again in a moment."
    ),
    Cancelled.ENDED: gettext_lazy("Too late to cancel it: it has ended already."),
}


@require_GET
def detail(request: MemberRequest, pk: int) -> HttpResponse:
    rows = Generation.objects.visible_to(request.user).select_related(
        "team", "submit_recovery__closed_by"
    )
    generation = get_object_or_404(cards.with_cards(rows, is_whole=True), pk=pk)
    card = cards.Card(generation, request.user, is_whole=True)
    transfers = Transfer.objects.visible_to(request.user).filter(generation=pk)
    context = {
        "card": card,
        "seen": cards.seen([card]),
        "is_whole": True,
        "parameters": request_facts.parameters(generation, request.user),
        "tells_parameters": parameters.tells(generation),
        "tasks": sorted(generation.tasks.all(), key=lambda task: task.position),
        "accelerations": generation.accelerations.select_related("asked_by"),
        "overdue": _to_close(request, generation),
        "transfers": transfers.order_by("created_at", "pk"),
    }
    return render(request, "generation/detail.html", context)


def _to_close(request: MemberRequest, generation: Generation) -> list[ProviderTask]:
    """What an admin of its team may end."""
    membership = request.membership
    if not membership.can_administer or membership.team != generation.team:
        return []
    overdue = ProviderTask.Status.OVERDUE
    return [task for task in generation.tasks.all() if task.status == overdue]


@require_GET
@never_cache
def moving(request: MemberRequest) -> HttpResponse:
    """Asked by every page that shows something moving: 204 where nothing changed."""
    seen = _read(request.GET.get("seen", ""))
    rows = Generation.objects.visible_to(request.user).filter(pk__in=seen)
    queue = Queue()
    known = rows.only("pk", "version", "status", "provider", "turn")
    versions = {row.pk: _as_seen(row, queue) for row in known}
    changed = [pk for pk, version in versions.items() if version != seen[pk]]
    if not changed and len(versions) == len(seen):
        return HttpResponse(status=204)
    rows = Generation.objects.filter(pk__in=changed).order_by("pk")
    found = cards.with_cards(rows)
    is_whole = "whole" in request.GET
    fresh = cards.of_page(found, request.user, is_whole=is_whole)
    still = [
        f"{pk}:{version}" + (f":{ahead}" if ahead else "")
        for pk, (version, ahead) in versions.items()
        if pk not in changed
    ]
    context = {
        "cards": fresh,
        "is_whole": is_whole,
        "seen": ",".join([*still, *filter(None, [cards.seen(fresh)])]),
    }
    return render(request, "generation/_moving.html", context)


def _as_seen(generation: Generation, queue: Queue) -> tuple[int, int]:
    """The version of its row, and how many are ahead of it here."""
    is_queued = generation.status == Generation.Status.QUEUED
    return generation.version, queue.ahead(generation) if is_queued else 0


def _read(seen: str) -> dict[int, tuple[int, int]]:
    """ "12:3,13:5:7" → {12: (3, 0), 13: (5, 7)}; what cannot be read is left out."""
    found = {}
    for part in seen.split(",")[:MOST_SEEN]:
        numbers = part.split(":")
        if len(numbers) in (2, 3) and all(map(_is_number, numbers)):
            pk, version, ahead = map(int, [*numbers, "0"][:3])
            found[pk] = (version, ahead)
    return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


@require_POST
def cancel(request: MemberRequest, pk: int) -> HttpResponse:
    mine = Generation.objects.visible_to(request.user).filter(requested_by=request.user)
    rows = mine.select_related("team", "account", "requested_by")
    generation = get_object_or_404(rows, pk=pk)
    told = lifecycle.cancel(generation)
    is_taken = told in (Cancelled.WHOLE, Cancelled.PARTLY, Cancelled.ASKED)
    level = messages.SUCCESS if is_taken else messages.WARNING
    messages.add_message(request, level, _told(told, generation))
    if not request.htmx:
        return redirect("generation:detail", pk=pk)
    row, is_whole = cards.with_cards(mine).get(pk=pk), "whole" in request.POST
    card = cards.Card(row, request.user, is_whole=is_whole)
    context = {"card": card, "is_done": True}
    return render(request, "generation/_cancelled.html", context)


def _told(told: Cancelled, generation: Generation) -> str:
    if told == Cancelled.WHOLE and cost_words.spent(generation) == 0:
        return _("Cancelled. It costs nothing.")
    return str(CANCELLED[told])
