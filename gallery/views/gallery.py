"""The team's released pictures, and the form of all filters."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.access import MemberRequest
from gallery.presenters import choices
from gallery.presenters.gallery_filter import GalleryFilter
from gallery.presenters.marks import put_marks


@require_GET
@vary_on_headers("HX-Request")
def gallery(request: MemberRequest) -> HttpResponse:
    filters = GalleryFilter(request)
    part = filters.part()
    artworks = filters.artworks(part.keys)
    put_marks(artworks, request.user)
    context: dict[str, Any] = {"filters": filters, "older": part.older}
    context["artworks"] = artworks
    if request.htmx:
        return render(request, "gallery/_artworks.html", context)
    context |= {"newer": part.newer, **choices.of_selection(request)}
    return render(request, "gallery/gallery.html", context)


@require_GET
@vary_on_headers("HX-Request")
def filters(request: MemberRequest) -> HttpResponse:
    """With htmx: the form alone, for the menu of the gallery."""
    context = {"filters": GalleryFilter(request)}
    whole = "gallery/filters.html"
    return render(request, "gallery/_filters.html" if request.htmx else whole, context)
