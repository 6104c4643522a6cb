"""The team's released pictures, and the form of all filters."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.access import MemberRequest
from gallery.forms import SearchForm
from gallery.presenters import choices
from gallery.presenters.gallery_filter import GalleryFilter
from gallery.presenters.marks import put_marks


@require_GET
@vary_on_headers("HX-Request")
def gallery(request: MemberRequest) -> HttpResponse:
    return gallery_page(request)


def gallery_page(
    request: MemberRequest, search_form: SearchForm | None = None
) -> HttpResponse:
    """``search_form``: the form of a search to be saved, with its errors."""
    filters = GalleryFilter(request)
    part = filters.part()
    artworks = filters.artworks(part.keys)
    put_marks(artworks, request.user)
    context: dict[str, Any] = {"filters": filters, "older": part.older}
    context["artworks"] = artworks
    if request.htmx:
        return render(request, "gallery/_artworks.html", context)
    context |= {"newer": part.newer, **choices.of_selection(request)}
    context |= choices.of_searches(request, search_form)
    status = 422 if search_form else 200
    return render(request, "gallery/gallery.html", context, status=status)


@require_GET
@vary_on_headers("HX-Request")
def filters(request: MemberRequest) -> HttpResponse:
    """With htmx: the form alone, for the menu of the gallery."""
    context = {"filters": GalleryFilter(request)}
    whole = "gallery/filters.html"
    return render(request, "gallery/_filters.html" if request.htmx else whole, context)
