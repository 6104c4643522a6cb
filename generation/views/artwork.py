"""One released picture, and the way to its neighbours."""

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest
from accounts.paging import beyond
from generation.models import Artwork
from generation.views import cards, facts


@require_GET
def artwork(request: MemberRequest, pk: int) -> HttpResponse:
    rows = Artwork.objects.visible_to(request.user).select_related(
        "task",
        "team",
        "requested_by",
        "generation__account",
        "generation__requested_by",
    )
    found = get_object_or_404(rows, pk=pk)
    team = Artwork.objects.visible_to(request.user).in_team(found.team)
    is_own = found.requested_by_id == request.user.pk
    context = {
        "artwork": found,
        "parameters": facts.parameters(found.generation),
        "decision": found.decisions.select_related("decided_by").last(),
        "cost": _cost(found),
        "newer": _newer(team, found),
        "older": _older(team, found),
        "may_see_generation": is_own or request.membership.can_moderate,
        "operation_title": cards.Card(found.generation, request.user).operation_title,
    }
    return render(request, "generation/artwork.html", context)


def _newer(team: QuerySet[Artwork], artwork: Artwork) -> int | None:
    rows = beyond(team, artwork.created_at, artwork.pk, oldest_first=True)
    return rows.order_by("created_at", "pk").values_list("pk", flat=True).first()


def _older(team: QuerySet[Artwork], artwork: Artwork) -> int | None:
    rows = beyond(team, artwork.created_at, artwork.pk)
    return rows.order_by("-created_at", "-pk").values_list("pk", flat=True).first()


def _cost(artwork: Artwork) -> int | None:
    """Of the key that it came from, and so of its siblings too where there are some."""
    return artwork.task.cost if artwork.task.is_booked else None
