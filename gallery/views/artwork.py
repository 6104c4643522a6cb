"""One released picture, and the way to its neighbours."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.access import MemberRequest
from accounts.paging import beyond
from gateways import clients
from gateways.providers.base import ProviderError
from generation import details
from generation.models import Artwork
from generation.presenters import cards, request_facts, task_details


@require_GET
@vary_on_headers("HX-Request")
def artwork(request: MemberRequest, pk: int) -> HttpResponse:
    rows = Artwork.objects.visible_to(request.user).select_related(
        "task__account",
        "task__detail",
        "team",
        "requested_by",
        "generation__account",
        "generation__requested_by",
    )
    found = get_object_or_404(rows, pk=pk)
    if request.htmx and "told" in request.GET:
        part = {"artwork": found, **_told(found, asks=True)}
        return render(request, "generation/_told.html", part)
    if found.first_opened_at is None:
        Artwork.objects.filter(pk=pk).mark_opened(timezone.now())
    team = Artwork.objects.visible_to(request.user).in_team(found.team)
    is_own = found.requested_by_id == request.user.pk
    context = {
        "artwork": found,
        "parameters": request_facts.parameters(found.generation, request.user),
        # Not what was undone since, nor what may still be.
        "decision": found.decisions.filter(action="release")
        .select_related("decided_by")
        .last(),
        "cost": _cost(found),
        "newer": _newer(team, found),
        "older": _older(team, found),
        "may_see_generation": is_own or request.membership.can_moderate,
        **_told(found, asks="told" in request.GET),
        "operation_title": cards.Card(found.generation, request.user).operation_title,
    }
    return render(request, "gallery/artwork.html", context)


def _told(artwork: Artwork, *, asks: bool) -> dict[str, Any]:
    """``told``, as kept or asked of the gateway just now; and whether it was asked."""
    try:
        task = artwork.task
        detail = details.fetch(task) if asks else details.stored(task)
    except ProviderError:
        return {"told": None, "is_asked": True}
    vocabulary = clients.vocabulary(artwork.generation.provider)
    return {
        "told": task_details.read(detail.said, vocabulary) if detail else None,
        "is_asked": asks,
    }


def _newer(team: QuerySet[Artwork], artwork: Artwork) -> int | None:
    rows = beyond(team, artwork.created_at, artwork.pk, oldest_first=True)
    return rows.order_by("created_at", "pk").values_list("pk", flat=True).first()


def _older(team: QuerySet[Artwork], artwork: Artwork) -> int | None:
    rows = beyond(team, artwork.created_at, artwork.pk)
    return rows.order_by("-created_at", "-pk").values_list("pk", flat=True).first()


def _cost(artwork: Artwork) -> int | None:
    """Of the key that it came from, and so of its siblings too where there are some."""
    return artwork.task.cost if artwork.task.is_booked else None
