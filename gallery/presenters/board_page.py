"""Context of a board's page."""

from typing import Any

from django.db.models import Q

from accounts.access import MemberRequest
from accounts.paging import read_cursor
from gallery import boards
from gallery.models import Board
from gallery.presenters import choices, marks

PAGE = 30


def pictures(request: MemberRequest, board: Board) -> dict[str, Any]:
    """Of the cursor, by the index of the board's items."""
    items = boards.shown_items().filter(board=board)
    if cursor := read_cursor(request.GET.get("before", ""), numbers=1):
        at, (pk,) = cursor
        items = items.filter(artwork_created_at__lte=at).filter(
            Q(artwork_created_at__lt=at) | Q(artwork__lt=pk)
        )
    items = items.order_by("-artwork_created_at", "-artwork").select_related(
        "artwork__generation", "artwork__requested_by"
    )
    found = list(
        items.defer(
            "artwork__generation__answer",
            "artwork__generation__parameters",
        )[: PAGE + 1]
    )
    shown, older = found[:PAGE], ""
    if len(found) > PAGE:
        last = shown[-1]
        older = f"{last.artwork_created_at.isoformat()}~{last.artwork_id}"
    artworks = [item.artwork for item in shown]
    marks.put_marks(artworks, request.user)
    # The viewer's neighbours are those of the board.
    filters = {"address": f"?board={board.pk}"}
    return {"artworks": artworks, "older": older, "board": board, "filters": filters}


def about(request: MemberRequest, board: Board) -> dict[str, Any]:
    people = []
    if board.visibility == Board.Visibility.PEOPLE:
        people = list(board.people.order_by("username"))
    return {
        "people": people,
        "may_change": board.may_be_changed_by(request.membership),
        **choices.of_selection(request),
    }
