"""What the bar of a selection offers: boards; tags by what is typed."""

from typing import Any

from accounts.access import MemberRequest
from gallery.forms import SearchForm
from gallery.models import Act, Board, Tag
from gallery.presenters import acted
from net.request_values import number
from spend.models import SavedView

#: Boards to choose from without typing, newest first.
MOST_BOARDS = 100
MOST_TAGS = 8


def of_selection(request: MemberRequest) -> dict[str, Any]:
    """Also what the last act did, where it led back here."""
    team = request.membership.team
    boards = Board.objects.visible_to(request.user, team)
    return {
        "offered_boards": boards.order_by("-created_at", "-pk")[:MOST_BOARDS],
        "acted": done(request),
    }


def done(request: MemberRequest) -> acted.Acted | None:
    key = number(request.GET.get("done", ""))
    if key is None:
        return None
    rows = Act.objects.of(request.user, request.membership.team)
    row = rows.filter(pk=key, undone_at=None).select_related("board", "tag").first()
    return acted.acted(row) if row else None


def of_searches(request: MemberRequest, form: SearchForm | None) -> dict[str, Any]:
    """Saved searches, and the one that was removed just now."""
    team, user = request.membership.team, request.user
    kept = SavedView.objects.of_gallery()
    found: dict[str, Any] = {
        "searches": kept.visible_to(user, team)
        .select_related("saved_by")
        .order_by("name", "pk"),
        "search_form": form or SearchForm(auto_id="search-%s"),
    }
    if key := number(request.GET.get("removed_search", "")):
        own = kept.filter(team=team, saved_by=user).exclude(removed_at=None)
        found["removed_search"] = own.filter(pk=key).first()
    return found


def tags(request: MemberRequest, words: str) -> list[Tag]:
    rows = Tag.objects.of_team(request.membership.team)
    return list(rows.matching(words)[:MOST_TAGS])
