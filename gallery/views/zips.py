"""Zip files that are prepared, and how their files are named."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import MemberRequest
from accounts.paging import page
from gallery import selection, tasks, zip_files
from gallery.forms import PatternForm
from gallery.models import NamePattern, Zip
from gallery.models.zips import ZipQuerySet
from gallery.views.download import pattern_of
from generation.models import Artwork
from net import byte_ranges

PAGE = 30
CHUNK = 1 << 16


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def zips(request: MemberRequest) -> HttpResponse:
    """POST: the pattern of names."""
    form = PatternForm(request.POST or None, initial={"pattern": pattern_of(request)})
    if request.method == "POST" and form.is_valid():
        NamePattern.objects.update_or_create(
            user=request.user, defaults={"pattern": form.cleaned_data["pattern"]}
        )
        messages.success(request, _("Saved."))
        return redirect("gallery:zips")
    rows = _zips(request).defer("keys", "included")
    found = page(rows, request.GET.get("before", ""), PAGE)
    context = {"found": found, "form": form}
    context["is_moving"] = any(r.status == Zip.Status.WAITING for r in found.rows)
    if request.htmx:
        return render(request, "gallery/_zips.html", context)
    status = 422 if form.errors else 200
    return render(request, "gallery/zips.html", context, status=status)


@require_GET
def zip_file(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Also a part of it, for who resumes."""
    row = get_object_or_404(_zips(request).select_related("made_by", "team"), pk=pk)
    try:
        path = zip_files.opened(row)
    except FileNotFoundError as error:
        raise Http404 from error
    except zip_files.Stale:
        text = _("A picture in this file is not there any more. Prepare it again.")
        messages.error(request, text)
        return redirect("gallery:zips")
    for part in selection.slices(row.included):
        fresh = Artwork.objects.filter(pk__in=part, first_downloaded_at=None)
        if fresh.exists():
            fresh.mark_downloaded(timezone.now())
    return _sent(request, row, path)


@require_POST
def prepare_again(request: MemberRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(_zips(request), pk=pk)
    try:
        with transaction.atomic():
            if zip_files.ask_again(row):
                transaction.on_commit(partial(tasks.nudge_zip, row.pk))
    except zip_files.TooManyWait as error:
        messages.error(request, str(error))
    return redirect("gallery:zips")


def _zips(request: MemberRequest) -> ZipQuerySet:
    return Zip.objects.visible_to(request.user, request.membership.team)


def _sent(request: MemberRequest, row: Zip, path: Path) -> HttpResponseBase:
    assert row.expires_at
    size, etag = row.size, f'"{row.pk}-{row.expires_at.timestamp()}"'
    name = f"wjportal-{timezone.localdate(row.created_at)}-{len(row.included)}.zip"
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
    }
    is_same = request.headers.get("If-Range", etag) == etag
    asked = request.headers.get("Range", "") if is_same else ""
    try:
        part = byte_ranges.parse(asked, size)
    except byte_ranges.NotThere:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    if part is None:
        file = path.open("rb")
        return FileResponse(file, content_type="application/zip", headers=headers)
    first, last = part
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    headers["Content-Length"] = str(last - first + 1)
    return StreamingHttpResponse(
        _part(path, first, last),
        status=206,
        content_type="application/zip",
        headers=headers,
    )


def _part(path: Path, first: int, last: int) -> Iterator[bytes]:
    left = last - first + 1
    with path.open("rb") as file:
        file.seek(first)
        while left and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
