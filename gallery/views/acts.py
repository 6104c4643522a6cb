"""One act on the pictures that a form names, and its undoing."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest
from gallery import acts, deletion, selection
from gallery.models import Act, Board, Rating, Tag
from gallery.presenters import acted, chosen
from net.request_values import number


class Refused(Exception):
    """``args[0]``: a sentence for the person."""


@require_POST
def act(request: MemberRequest) -> HttpResponse:
    """``act`` names it, with its argument after a colon, or in a field. With htmx a
    toast with *Undo*; else back to ``next``."""
    name, _colon, argument = request.POST.get("act", "").partition(":")
    if name == "typed":  # Enter in a field
        name = "tag" if request.POST.get("tag") else "board"
    do = ACTS.get(name)
    if do is None:
        raise Http404
    try:
        keys = chosen.keys(request)
        if not keys:
            raise Refused(_("Select pictures first."))
        done = do(request, keys, argument)
    except acts.TooMany:
        most = {"most": selection.MOST_PICTURES}
        error = _("Select at most %(most)s pictures at once.") % most
        return _refused(request, error)
    except Refused as refused:
        return _refused(request, str(refused))
    if request.htmx:
        return render(request, "gallery/_acted.html", {"acted": done})
    if done.act is None:
        messages.info(request, " ".join([done.words, *done.more]))
    elif done.more:
        messages.info(request, " ".join(done.more))
    return _back(request, done.act)


@require_POST
def undo(request: MemberRequest, pk: int) -> HttpResponse:
    """404 where the person no longer sees the board of the act, or changes it."""
    row = _undoable(request, pk)
    try:
        acts.undo(row, by=request.user)
    except acts.TooLate:
        return _refused(request, _("Too late to undo."))
    if request.htmx:
        row.refresh_from_db(fields=["undone_at"])
        return render(request, "gallery/_acted.html", {"acted": acted.undone(row)})
    messages.success(request, _("Undone."))
    return _back(request)


@require_GET
def keys(request: MemberRequest) -> JsonResponse:
    """Of all pictures that the address matches; the newest, if they are too many."""
    found = chosen.matching(request)
    most = selection.MOST_PICTURES
    return JsonResponse({"keys": found[:most], "is_more": len(found) > most})


def _undoable(request: MemberRequest, pk: int) -> Act:
    rows = Act.objects.select_related("board", "tag", "by", "team")
    team = get_object_or_404(rows, pk=pk, by=request.user).team_id
    of_team = [each for each in request.memberships if each.team_id == team]
    if not of_team:
        raise Http404
    row = get_object_or_404(rows.of(request.user, of_team[0].team), pk=pk)
    is_cover = row.kind == Act.Kind.COVER
    if is_cover and not (row.board and row.board.may_be_changed_by(of_team[0])):
        raise Http404
    return row


def _refused(request: MemberRequest, error: str) -> HttpResponse:
    if request.htmx:
        shown = {"error": error}
        return render(request, "gallery/_acted.html", shown, status=422)
    messages.error(request, error)
    return _back(request)


def _back(request: MemberRequest, done: Act | None = None) -> HttpResponse:
    target = request.POST.get("next", "")
    hosts = {request.get_host()}
    if not url_has_allowed_host_and_scheme(target, hosts, request.is_secure()):
        target = reverse("gallery:gallery")
    if done:
        target += ("&" if "?" in target else "?") + f"done={done.pk}"
    return HttpResponseRedirect(target)


# --- Each act, with its argument


def _board(request: MemberRequest, argument: str) -> Board:
    rows = Board.objects.visible_to(request.user, request.membership.team)
    return get_object_or_404(rows.select_related("team"), pk=number(argument))


def _add(request: MemberRequest, keys: list[int], argument: str) -> acted.Acted:
    """To a board that stands there, or to one by its name."""
    by, team = request.user, request.membership.team
    if argument:
        board = _board(request, argument)
        return acted.acted(acts.add_to_board(board, keys, by=by))
    name = request.POST.get("board_name", "")
    try:
        done = acts.add_to_named_board(name, keys, by=by, team=team)
    except acts.BadName as error:
        most = {"most": Board.NAME_CHARACTERS}
        text = _("The name of a board has 1 to %(most)s characters.")
        raise Refused(text % most) from error
    return acted.acted(done)


def _cover(request: MemberRequest, keys: list[int], argument: str) -> acted.Acted:
    board = _board(request, argument)
    if not board.may_be_changed_by(request.membership):
        raise Http404
    if len(keys) > 1:
        raise Refused(_("Select one picture for the cover."))
    return acted.acted(acts.choose_cover(board, keys, by=request.user))


def _take_off(request: MemberRequest, keys: list[int], argument: str) -> acted.Acted:
    board = _board(request, argument)
    return acted.acted(acts.remove_from_board(board, keys, by=request.user))


def _tag(request: MemberRequest, keys: list[int], argument: str) -> acted.Acted:
    team, name = request.membership.team, argument or request.POST.get("tag", "")
    try:
        return acted.acted(acts.tag(name, keys, by=request.user, team=team))
    except acts.BadName as error:
        most = {"most": Tag.NAME_CHARACTERS}
        raise Refused(_("A tag has 1 to %(most)s characters.") % most) from error


def _untag(request: MemberRequest, keys: list[int], argument: str) -> acted.Acted:
    rows = Tag.objects.filter(team=request.membership.team).select_related("team")
    tag = get_object_or_404(rows, pk=number(argument))
    return acted.acted(acts.untag(tag, keys, by=request.user))


def _favourite(request: MemberRequest, keys: list[int], _: str) -> acted.Acted:
    """Where all are favourites already: none of them any more."""
    team, by = request.membership.team, request.user
    done = acts.favourite(keys, by=by, team=team)
    return acted.acted(done or acts.unfavourite(keys, by=by, team=team))


def _rate(request: MemberRequest, keys: list[int], argument: str) -> acted.Acted:
    value, team = number(argument), request.membership.team
    if value is None or value > Rating.MOST:
        raise Refused(_("A rating is 1 to 5, or 0 for none."))
    return acted.acted(acts.rate(value, keys, by=request.user, team=team))


def _final(request: MemberRequest, keys: list[int], argument: str) -> acted.Acted:
    team, by = request.membership.team, request.user
    do = acts.unmark_final if argument == "0" else acts.mark_final
    return acted.acted(do(keys, by=by, team=team))


def _delete(request: MemberRequest, keys: list[int], _: str) -> acted.Acted:
    done = deletion.delete(keys, by=request.user, team=request.membership.team)
    return acted.acted(done.act, acted.kept(done))


ACTS: dict[str, Callable[[MemberRequest, list[int], str], acted.Acted]] = {
    "board": _add,
    "cover": _cover,
    "unboard": _take_off,
    "tag": _tag,
    "untag": _untag,
    "favourite": _favourite,
    "rate": _rate,
    "final": _final,
    "delete": _delete,
}
