from functools import partial

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import MemberRequest
from gallery import file_names, selection, tasks, zip_files, zipping
from gallery.models import NamePattern
from gallery.presenters import chosen
from generation.models import Artwork

#: Pictures and bytes of a zip that is streamed; larger ones are prepared.
STREAMED_PICTURES, STREAMED_BYTES = 100, 256 << 20
MOST_BYTES = 4 << 30


@require_POST
def download(request: MemberRequest) -> HttpResponseBase:
    """One picture as it is, several as a zip file, which lists those that are gone."""
    keys = chosen.keys(request)
    if not keys:
        return _refused(request, _("Select pictures first."))
    if len(keys) > selection.MOST_PICTURES:
        most = {"most": selection.MOST_PICTURES}
        text = _("Select at most %(most)s pictures to download at once.") % most
        return _refused(request, text)
    rows = Artwork.objects.visible_to(request.user).in_team(request.membership.team)
    found: list[tuple[int, int]] = []
    for part in selection.slices(keys):
        found += rows.filter(pk__in=part).values_list("pk", "size")
    if len(keys) == len(found) == 1:
        address = reverse("generation:picture", args=keys)
        return redirect(f"{address}?download=1")
    bytes_of_all = sum(size for _pk, size in found)
    if bytes_of_all > MOST_BYTES:
        return _refused(request, _("Together they are larger than 4 GB: select fewer."))
    shown = {pk for pk, _size in found}
    ordered = [*sorted(shown, reverse=True), *sorted(set(keys) - shown)]
    if len(keys) > STREAMED_PICTURES or bytes_of_all > STREAMED_BYTES:
        return _prepared(request, ordered)
    return _streamed(request, ordered)


def pattern_of(request: MemberRequest) -> str:
    """The person's own, or the names of a table's rows (``by_row``)."""
    if "by_row" in request.POST:
        return file_names.BY_ROW
    kept = NamePattern.objects.filter(user=request.user).first()
    return kept.pattern if kept else file_names.DEFAULT


def _streamed(request: MemberRequest, keys: list[int]) -> HttpResponseBase:
    user, team = request.user, request.membership.team
    Artwork.objects.visible_to(user).filter(pk__in=keys).mark_downloaded(timezone.now())
    address = request.META.get("REMOTE_ADDR", "")
    order = zipping.Order.of(
        user, team, pattern_of(request), board=_board(request), address=address
    )
    response = StreamingHttpResponse(
        zipping.streamed(order, keys), content_type="application/zip"
    )
    name = f"wjportal-{timezone.localdate()}-{len(keys)}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _prepared(request: MemberRequest, keys: list[int]) -> HttpResponse:
    pattern, board = pattern_of(request), _board(request)
    by, team = request.user, request.membership.team
    try:
        with transaction.atomic():
            row = zip_files.ask(keys, by=by, team=team, pattern=pattern, board=board)
            transaction.on_commit(partial(tasks.nudge_zip, row.pk))
    except zip_files.TooManyWait as error:
        messages.error(request, str(error))
    return redirect("gallery:zips")


def _board(request: MemberRequest) -> str:
    board = chosen.board_of(request)
    return board.name if board else ""


def _refused(request: MemberRequest, text: str) -> HttpResponse:
    messages.error(request, text)
    return redirect("gallery:gallery")
