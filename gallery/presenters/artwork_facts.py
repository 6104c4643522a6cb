"""Facts beside the picture on an artwork's page."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from accounts.access import MemberRequest
from gallery.listing import Listing
from gallery.presenters import comparison
from gallery.presenters.gallery_filter import GalleryFilter
from gateways import clients
from gateways.providers.errors import ProviderError
from generation import details
from generation.models import Artwork
from generation.presenters import cards, request_facts, task_details


def artwork_facts(request: MemberRequest, artwork: Artwork) -> dict[str, Any]:
    """Context of ``gallery/artwork.html``: facts, neighbours, filmstrip."""
    generation = artwork.generation
    visible = Artwork.objects.visible_to(request.user)
    is_own = artwork.requested_by_id == request.user.pk
    # Newest first, as the arrows lead.
    film = list(visible.filter(generation=generation).order_by("-created_at", "-pk"))
    return {
        "parameters": _parameters(request, artwork),
        "cost": _cost(artwork),
        "film": film,
        "compared": _compared(artwork, film),
        "may_see_generation": is_own or request.membership.can_moderate,
        "operation_title": cards.Card(generation, request.user).operation_title,
        **_neighbours(request, artwork),
    }


def is_technical(request: MemberRequest, artwork: Artwork) -> bool:
    """Whether the viewer may see keys, hashes and the gateway's answers."""
    membership = request.membership
    return membership.can_administer and membership.team_id == artwork.team_id


def gateway_details(
    request: MemberRequest, artwork: Artwork, *, asks: bool
) -> dict[str, Any]:
    """Context of ``gallery/_gateway_details.html``. With ``asks`` the gateway is asked
    where no details are stored."""
    context: dict[str, Any] = {"is_asked": asks}
    if is_technical(request, artwork):
        # An undone or pending decision is no release.
        releases = artwork.decisions.filter(action="release")
        context["decision"] = releases.select_related("decided_by").last()
        context["is_technical"] = True
    try:
        task = artwork.task
        found = details.fetch(task) if asks else details.stored(task)
    except ProviderError:
        return {**context, "details": None, "is_asked": True}
    if not found:
        return {**context, "details": None}
    vocabulary = clients.vocabulary(artwork.generation.provider)
    told = task_details.read(found.said, vocabulary)
    return {
        **context,
        "details": told,
        "lines": _besides(told.lines, _parameters(request, artwork), artwork),
    }


def _parameters(request: MemberRequest, artwork: Artwork) -> list[tuple[str, str]]:
    """As requested; the size is the picture's own."""
    found = request_facts.parameters(artwork.generation, request.user)
    return [(label, value) for label, value in found if label != _("Size")]


def _besides(
    lines: Iterable[tuple[str, str]], shown: Iterable[tuple[str, str]], artwork: Artwork
) -> list[tuple[str, str]]:
    """Without the prompts and the requested parameters: they stand elsewhere."""
    labels = {label.lower() for label, _value in shown}
    prompts = (artwork.generation.prompt, artwork.task.model_prompt)
    return [
        (label, value)
        for label, value in lines
        if label.lower() not in labels and value not in prompts
    ]


def _neighbours(request: MemberRequest, artwork: Artwork) -> dict[str, int | None]:
    """Of the gallery as the address filters it; of the picture's team otherwise."""
    if artwork.team_id == request.membership.team_id:
        listing = GalleryFilter(request).listing
    else:
        listing = Listing(artwork.team_id)
    newer, older = listing.beside(artwork.pk)
    return {"newer": newer, "older": older}


def _compared(artwork: Artwork, film: list[Artwork]) -> str:
    """Query of the page that compares it with the others of its generation."""
    others = [each.pk for each in film if each.pk != artwork.pk]
    keys = [artwork.pk, *others][: comparison.MOST]
    return comparison.address(None, keys) if others else ""


def _cost(artwork: Artwork) -> int | None:
    """Cost of the key, which several artworks may share."""
    return artwork.task.cost if artwork.task.is_booked else None
