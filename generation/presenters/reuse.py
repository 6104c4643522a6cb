"""The generation whose request a form reuses, from the address to the submit."""

from django.db.models import Exists

from accounts.access import MemberRequest
from generation.models import Artwork, Generation
from net.request_values import number


def repeats(request: MemberRequest) -> int | None:
    """Key of the generation whose request fills in the form; see `prompt_form`."""
    if request.method == "POST":
        return number(request.POST.get("repeats", ""))
    if again := request.GET.get("again"):
        return number(again)
    like = number(request.GET.get("like", ""))
    if like is None:
        return None
    artworks = Artwork.objects.visible_to(request.user).filter(pk=like)
    return artworks.values_list("generation", flat=True).first()


def repeated(request: MemberRequest) -> Generation | None:
    """Of the posted form; see `known_origin`."""
    return known_origin(request, number(request.POST.get("repeats", "")))


def known_origin(request: MemberRequest, pk: int | None) -> Generation | None:
    """Of the team, and known to the person by itself or by one of its pictures. None
    for any other."""
    if pk is None:
        return None
    user = request.user
    shown = Artwork.objects.visible_to(user).filter(generation=pk)
    rows = Generation.objects.in_team(request.membership.team).filter(pk=pk)
    return rows.visible_to(user).first() or rows.filter(Exists(shown)).first()
