"""The pictures that a request names: picked ones, or all that match its address."""

from accounts.access import MemberRequest
from gallery import boards, selection
from gallery.models import Board
from gallery.presenters.gallery_filter import GalleryFilter
from net.request_values import number


def board_of(request: MemberRequest) -> Board | None:
    """That the address names, if the person sees it."""
    key = number(request.GET.get("of", ""))
    team = request.membership.team
    if key is None:
        return None
    return Board.objects.visible_to(request.user, team).filter(pk=key).first()


def keys(request: MemberRequest) -> list[int]:
    """Posted ones. With ``all``: of the address, MOST_PICTURES at most."""
    if "all" in request.POST:
        return matching(request)[: selection.MOST_PICTURES]
    return posted(request)


def posted(request: MemberRequest) -> list[int]:
    """One by one, and joined by commas."""
    sent = [
        *request.POST.getlist("picture"),
        *request.POST.get("pictures", "").split(","),
    ]
    found = (number(text) for text in sent)
    return list(dict.fromkeys(key for key in found if key is not None))


def matching(request: MemberRequest) -> list[int]:
    """Newest first; one more than MOST_PICTURES, where there are more."""
    most = selection.MOST_PICTURES + 1
    if request.GET.get("of"):
        board = board_of(request)
        items = boards.shown_items().filter(board=board)
        items = items.order_by("-artwork_created_at", "-artwork")
        return list(items.values_list("artwork", flat=True)[:most])
    return GalleryFilter(request).listing.newest(most)
