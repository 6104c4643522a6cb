"""Share links: making, listing, revoking."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import MemberRequest
from accounts.paging import page
from gallery import selection, sharing
from gallery.forms import ShareForm
from gallery.models import Board, Share
from gallery.presenters import chosen
from net.request_values import number

PAGE = 30


@require_GET
def shares(request: MemberRequest) -> HttpResponse:
    """One's own; ``whose=team``: all of the team, for admins."""
    rows = Share.objects.revocable_by(request.membership)
    is_team = request.GET.get("whose") == "team" and request.membership.can_administer
    if not is_team:
        rows = rows.filter(created_by=request.user)
    rows = rows.select_related("created_by", "board")
    found = page(
        rows.annotate(chosen=Count("items")), request.GET.get("before", ""), PAGE
    )
    key = number(request.GET.get("revoked", ""))
    mine = Share.objects.revocable_by(request.membership).exclude(revoked_at=None)
    context = {
        "found": found,
        "is_team": is_team,
        "revoked": mine.filter(pk=key).first() if key is not None else None,
    }
    return render(request, "gallery/shares.html", context)


@require_http_methods(["GET", "POST"])
def new_share(request: MemberRequest) -> HttpResponse:
    """The form, for posted pictures, or a picture or board of the address."""
    board = _board(request, request.GET.get("board", ""))
    keys = [] if board else _keys(request)
    if not board and not keys:
        messages.error(request, _("Select pictures first."))
        return redirect("gallery:gallery")
    title = board.name if board else ""
    return _form(request, ShareForm(initial={"title": title}), board, keys)


@require_POST
@never_cache
@sensitive_post_parameters("password")
def share(request: MemberRequest) -> HttpResponse:
    """The answer shows the address, this once."""
    board = _board(request, request.POST.get("board", ""))
    keys = [] if board else chosen.posted(request)
    form = ShareForm(request.POST)
    if not form.is_valid():
        return _form(request, form, board, keys, status=422)
    by, team = request.user, request.membership.team
    try:
        made, token = sharing.create(
            **form.cleaned_data, by=by, team=team, board=board, keys=keys
        )
    except selection.TooMany:
        most = {"most": selection.MOST_PICTURES}
        form.add_error(None, _("Select at most %(most)s pictures at once.") % most)
    except sharing.NoPictures:
        form.add_error(None, _("None of these pictures can be shown any more."))
    else:
        path = reverse("shared:shared", kwargs={"token": token})
        shown = {"share": made, "address": request.build_absolute_uri(path)}
        return render(request, "gallery/share_made.html", shown)
    return _form(request, form, board, keys, status=422)


@require_POST
def revoke(request: MemberRequest, pk: int) -> HttpResponse:
    row = _share(request, pk)
    sharing.revoke(row, by=request.user)
    return redirect(_list(request, row, f"revoked={row.pk}"))


@require_POST
def restore(request: MemberRequest, pk: int) -> HttpResponse:
    row = _share(request, pk)
    if sharing.restore(row, by=request.user):
        messages.success(request, _("Undone."))
    return redirect(_list(request, row, ""))


def _share(request: MemberRequest, pk: int) -> Share:
    rows = Share.objects.revocable_by(request.membership)
    return get_object_or_404(rows.select_related("team"), pk=pk)


def _list(request: MemberRequest, row: Share, query: str) -> str:
    """Of one's own links, or of the team's."""
    whose = "" if row.created_by_id == request.user.pk else "whose=team"
    return f"{reverse('gallery:shares')}?{'&'.join(filter(None, (whose, query)))}"


def _board(request: MemberRequest, sent: str) -> Board | None:
    """404 for one that the person does not see."""
    if not sent:
        return None
    rows = Board.objects.visible_to(request.user, request.membership.team)
    return get_object_or_404(rows, pk=number(sent))


def _keys(request: MemberRequest) -> list[int]:
    if request.method == "POST":
        return chosen.keys(request)
    found = (number(text) for text in request.GET.get("pictures", "").split(","))
    return list(dict.fromkeys(key for key in found if key is not None))


def _form(
    request: MemberRequest,
    form: ShareForm,
    board: Board | None,
    keys: list[int],
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "board": board}
    context["pictures"] = ",".join(map(str, keys))
    if not board:
        try:
            team = request.membership.team
            found = selection.pictures(keys, by=request.user, team=team)
        except selection.TooMany:
            found = {}
        context |= {"count": len(found), "first": list(found)[:6]}
    return render(request, "gallery/new_share.html", context, status=status)
