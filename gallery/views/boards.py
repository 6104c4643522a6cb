"""Boards: their list, the page of each, making, changing, removing."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import MemberRequest
from accounts.paging import page
from gallery import boards as domain
from gallery.forms import BoardForm
from gallery.models import Board
from gallery.presenters import board_page
from net.request_values import number

PAGE = 30


@require_GET
@vary_on_headers("HX-Request")
def boards(request: MemberRequest) -> HttpResponse:
    seen = Board.objects.visible_to(request.user, request.membership.team)
    rows = domain.with_covers(seen).select_related("owner")
    found = page(rows, request.GET.get("before", ""), PAGE)
    context: dict[str, Any] = {"boards": found.rows, "older": found.older}
    if request.htmx:
        return render(request, "gallery/_boards.html", context)
    removed = Board.objects.filter(
        team=request.membership.team, owner=request.user, removed_at__isnull=False
    )
    key = number(request.GET.get("removed", ""))
    context["removed"] = key is not None and removed.filter(pk=key).first()
    return render(request, "gallery/boards.html", context)


@require_GET
@vary_on_headers("HX-Request")
def board(request: MemberRequest, pk: int) -> HttpResponse:
    """Pictures newest first, as in the gallery."""
    row = _seen(request, pk)
    context = board_page.pictures(request, row)
    if request.htmx:
        return render(request, "gallery/_artworks.html", context)
    context |= board_page.about(request, row)
    return render(request, "gallery/board.html", context)


@require_http_methods(["GET", "POST"])
def new_board(request: MemberRequest) -> HttpResponse:
    row = Board(team=request.membership.team, owner=request.user)
    return _form(request, row)


@require_http_methods(["GET", "POST"])
def edit_board(request: MemberRequest, pk: int) -> HttpResponse:
    return _form(request, _changeable(request, pk))


@require_POST
def remove_board(request: MemberRequest, pk: int) -> HttpResponse:
    row = _changeable(request, pk)
    domain.remove(row)
    return redirect(f"{reverse('gallery:boards')}?removed={row.pk}")


@require_POST
def restore_board(request: MemberRequest, pk: int) -> HttpResponse:
    rows = Board.objects.filter(team=request.membership.team, owner=request.user)
    row = get_object_or_404(rows, pk=pk)
    try:
        domain.restore(row)
    except domain.NameTaken:
        messages.error(request, _("You have another board of this name now."))
        return redirect("gallery:boards")
    messages.success(request, _("Undone."))
    return redirect("gallery:board", pk)


def _form(request: MemberRequest, row: Board) -> HttpResponse:
    team, sent = row.team, request.POST if request.method == "POST" else None
    form = BoardForm(sent, instance=row, team=team, owner=row.owner)
    if form.is_valid():
        try:
            domain.save(row, form.cleaned_data["people"])
        except domain.NameTaken:
            form.add_error("name", _("You have a board of this name already."))
        else:
            messages.success(request, _("Saved."))
            return redirect("gallery:board", row.pk)
    context = {"form": form, "board": row}
    status = 422 if form.errors else 200
    return render(request, "gallery/edit_board.html", context, status=status)


def _seen(request: MemberRequest, pk: int) -> Board:
    rows = Board.objects.visible_to(request.user, request.membership.team)
    return get_object_or_404(rows.select_related("owner", "team"), pk=pk)


def _changeable(request: MemberRequest, pk: int) -> Board:
    row = _seen(request, pk)
    if not row.may_be_changed_by(request.membership):
        raise Http404
    return row
