"""What the bar of a selection offers: boards; tags by what is typed."""

from typing import Any

from accounts.access import MemberRequest
from gallery.models import Act, Board, Tag
from gallery.presenters import acted
from net.request_values import number

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
    rows = Act.objects.filter(by=request.user, team=request.membership.team)
    row = rows.filter(pk=key, undone_at=None).select_related("board", "tag").first()
    return acted.acted(row) if row else None


def tags(request: MemberRequest, words: str) -> list[Tag]:
    rows = Tag.objects.of_team(request.membership.team)
    return list(rows.matching(words)[:MOST_TAGS])
