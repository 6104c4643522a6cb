"""The person's own deleted pictures, until their files are removed."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import MemberRequest
from accounts.paging import read_cursor
from gallery import deletion, selection
from gallery.presenters import chosen
from generation.models import Artwork
from generation.presenters.file_responses import small_response

PAGE = 30


@require_GET
@vary_on_headers("HX-Request")
def bin(request: MemberRequest) -> HttpResponse:
    """Last deleted first."""
    rows = Artwork.objects.binned_by(request.user).in_team(request.membership.team)
    if cursor := read_cursor(request.GET.get("before", ""), numbers=1):
        at, (pk,) = cursor
        rows = rows.filter(binned_at__lte=at).filter(Q(binned_at__lt=at) | Q(pk__lt=pk))
    rows = rows.select_related("generation").order_by("-binned_at", "-pk")
    found = list(rows[: PAGE + 1])
    shown, older = found[:PAGE], ""
    if len(found) > PAGE and (binned_at := shown[-1].binned_at):
        older = f"{binned_at.isoformat()}~{shown[-1].pk}"
    context = {"artworks": shown, "older": older}
    template = "gallery/_binned.html" if request.htmx else "gallery/bin.html"
    return render(request, template, context)


@require_POST
def restore(request: MemberRequest) -> HttpResponse:
    keys = chosen.posted(request)
    if len(keys) > selection.MOST_PICTURES:
        most = {"most": selection.MOST_PICTURES}
        messages.error(request, _("Select at most %(most)s pictures at once.") % most)
        return redirect("gallery:bin")
    count = deletion.restore(keys, by=request.user)
    text = ngettext("%(count)s picture is back.", "%(count)s pictures are back.", count)
    messages.success(request, text % {"count": count})
    return redirect("gallery:bin")


@require_GET
@cache_control(private=True, no_cache=True)
def binned_thumbnail(request: MemberRequest, pk: int) -> HttpResponseBase:
    row = get_object_or_404(Artwork.objects.binned_by(request.user), pk=pk)
    return small_response(request, row, "thumbnail")
