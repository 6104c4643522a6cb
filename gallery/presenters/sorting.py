"""Marks, boards and notes beside a picture on its page."""

from typing import Any

from accounts.access import MemberRequest
from gallery.models import Board, Favourite, Note, Rating, Tag
from gallery.presenters import choices
from generation.models import Artwork
from net.request_values import number


def of_artwork(request: MemberRequest, artwork: Artwork) -> dict[str, Any]:
    """Context of ``gallery/_sorting.html``."""
    if artwork.team_id != request.membership.team_id:
        return {}
    user, team = request.user, request.membership.team
    rating = Rating.objects.filter(artwork=artwork).first()
    own = Note.objects.filter(artwork=artwork, author=user, removed_at__isnull=False)
    removed = number(request.GET.get("removed_note", ""))
    return {
        "is_sorted_here": True,
        "is_favourite": Favourite.objects.filter(user=user, artwork=artwork).exists(),
        "rating": rating.value if rating else 0,
        "stars": range(1, Rating.MOST + 1),
        "tags": Tag.objects.filter(team=team, items__artwork=artwork).order_by("name"),
        "on_boards": Board.objects.visible_to(user, team)
        .filter(items__artwork=artwork)
        .order_by("name"),
        "notes": artwork.notes.filter(removed_at=None)
        .select_related("author")
        .order_by("created_at", "pk"),
        "removed_note": removed is not None and own.filter(pk=removed).first(),
        "may_delete": artwork.requested_by_id == user.pk,
        **choices.of_selection(request),
    }
