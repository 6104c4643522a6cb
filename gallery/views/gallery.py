"""The team's released pictures, and the form of all filters."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.access import MemberRequest
from gallery.presenters.gallery_filter import GalleryFilter


@require_GET
@vary_on_headers("HX-Request")
def gallery(request: MemberRequest) -> HttpResponse:
    filters = GalleryFilter(request)
    part = filters.part()
    context = {
        "filters": filters,
        "artworks": filters.artworks(part.keys),
        "older": part.older,
        "newer": part.newer,
    }
    whole = "gallery/gallery.html"
    template = "gallery/_artworks.html" if request.htmx else whole
    return render(request, template, context)


@require_GET
@vary_on_headers("HX-Request")
def filters(request: MemberRequest) -> HttpResponse:
    """With htmx: the form alone, for the menu of the gallery."""
    context = {"filters": GalleryFilter(request)}
    whole = "gallery/filters.html"
    return render(request, "gallery/_filters.html" if request.htmx else whole, context)
