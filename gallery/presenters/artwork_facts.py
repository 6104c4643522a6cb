"""Facts beside the picture on an artwork's page."""

from typing import Any

from django.db.models import QuerySet

from accounts.access import MemberRequest
from accounts.paging import beyond
from gateways import clients
from gateways.providers.base import ProviderError
from generation import details
from generation.models import Artwork
from generation.presenters import cards, request_facts, task_details


def artwork_facts(request: MemberRequest, artwork: Artwork) -> dict[str, Any]:
    """Context of ``gallery/_artwork_facts.html``, and the neighbours' keys."""
    generation = artwork.generation
    team = Artwork.objects.visible_to(request.user).in_team(artwork.team)
    is_own = artwork.requested_by_id == request.user.pk
    # An undone or pending decision is no release.
    releases = artwork.decisions.filter(action="release").select_related("decided_by")
    return {
        "parameters": request_facts.parameters(generation, request.user),
        "decision": releases.last(),
        "cost": _cost(artwork),
        "newer": _newer(team, artwork),
        "older": _older(team, artwork),
        "may_see_generation": is_own or request.membership.can_moderate,
        "operation_title": cards.Card(generation, request.user).operation_title,
    }


def gateway_details(artwork: Artwork, *, asks: bool) -> dict[str, Any]:
    """Context of ``gallery/_gateway_details.html``. With ``asks`` the gateway is asked
    where no details are stored."""
    try:
        task = artwork.task
        found = details.fetch(task) if asks else details.stored(task)
    except ProviderError:
        return {"details": None, "is_asked": True}
    vocabulary = clients.vocabulary(artwork.generation.provider)
    return {
        "details": task_details.read(found.said, vocabulary) if found else None,
        "is_asked": asks,
    }


def _newer(team: QuerySet[Artwork], artwork: Artwork) -> int | None:
    rows = beyond(team, artwork.created_at, artwork.pk, oldest_first=True)
    return rows.order_by("created_at", "pk").values_list("pk", flat=True).first()


def _older(team: QuerySet[Artwork], artwork: Artwork) -> int | None:
    rows = beyond(team, artwork.created_at, artwork.pk)
    return rows.order_by("-created_at", "-pk").values_list("pk", flat=True).first()


def _cost(artwork: Artwork) -> int | None:
    """Cost of the key, which several artworks may share."""
    return artwork.task.cost if artwork.task.is_booked else None
