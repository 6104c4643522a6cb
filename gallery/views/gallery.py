from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.access import MemberRequest
from accounts.paging import page
from gallery.presenters import choices
from gallery.presenters.gallery_filter import GalleryFilter
from gallery.presenters.marks import put_marks

PAGE = 30


@require_GET
@vary_on_headers("HX-Request")
def gallery(request: MemberRequest) -> HttpResponse:
    gallery_filter = GalleryFilter(request)
    found = page(gallery_filter.artworks(), request.GET.get("before", ""), PAGE)
    put_marks(found.rows, request.user)
    context: dict[str, Any] = {"artworks": found.rows, "older": found.older}
    if request.htmx:
        return render(request, "gallery/_artworks.html", context)
    context |= gallery_filter.context() | choices.of_selection(request)
    return render(request, "gallery/gallery.html", context)
