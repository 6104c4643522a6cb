"""Searches of the gallery kept by name: save, remove, restore."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import MemberRequest
from gallery.forms import SearchForm
from gallery.presenters.gallery_filter import GalleryFilter
from gallery.views.gallery import gallery_page
from spend.models import SavedView
from spend.models.saved_views import NameTaken, TooMany


@require_http_methods(["GET", "POST"])
def save_search(request: MemberRequest) -> HttpResponse:
    """Of the address's query. What a refused form shows is the gallery: its links
    lead there."""
    if request.method == "GET":
        return redirect(f"{reverse('gallery:gallery')}?{request.GET.urlencode()}")
    form = SearchForm(request.POST, auto_id="search-%s")
    if not form.is_valid():
        return gallery_page(request, form)
    address = GalleryFilter(request).query
    if len(address) > SavedView.ADDRESS_CHARACTERS:
        form.add_error("name", _("These filters are too long to be kept."))
        return gallery_page(request, form)
    search = SavedView(
        page=SavedView.Page.GALLERY,
        team=request.membership.team,
        saved_by=request.user,
        address=address,
        **form.cleaned_data,
    )
    if refused := _kept(search):
        form.add_error("name", refused)
        return gallery_page(request, form)
    messages.success(request, _("The search is saved."))
    return redirect(f"{reverse('gallery:gallery')}?{address}")


@require_POST
def remove_search(request: MemberRequest, pk: int) -> HttpResponse:
    row = _own(request, pk)
    row.remove()
    filters = GalleryFilter(request)
    link = filters.link(removed_search=str(row.pk))
    return redirect(reverse("gallery:gallery") + link)


@require_POST
def restore_search(request: MemberRequest, pk: int) -> HttpResponse:
    row = _own(request, pk)
    if refused := _kept(row):
        messages.error(request, refused)
    else:
        messages.success(request, _("The search is back."))
    return redirect(f"{reverse('gallery:gallery')}?{row.address}")


def _kept(search: SavedView) -> str:
    """Why not; empty: it is."""
    try:
        search.keep()
    except TooMany:
        told = _("You have %(most)s searches. Remove one to save another.")
        return told % {"most": SavedView.MOST}
    except NameTaken:
        return _("You have a search of this name already.")
    return ""


def _own(request: MemberRequest, pk: int) -> SavedView:
    rows = SavedView.objects.of_gallery().filter(team=request.membership.team)
    return get_object_or_404(rows, pk=pk, saved_by=request.user)
