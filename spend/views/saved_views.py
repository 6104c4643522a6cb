"""Views of the spend page kept by name: save, remove, restore."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import MemberRequest, admins_only
from spend.forms import ViewForm
from spend.models import SavedView
from spend.models.saved_views import NameTaken, TooMany
from spend.views.overview import overview_page, query_of


@require_POST
@admins_only
def save_view(request: MemberRequest) -> HttpResponse:
    """Of the address's query."""
    form = ViewForm(request.POST, auto_id="view-%s")
    if not form.is_valid():
        return overview_page(request, form)
    address = urlencode(query_of(request).parameters)
    if len(address) > SavedView.ADDRESS_CHARACTERS:
        form.add_error("name", _("These filters are too long to be kept."))
        return overview_page(request, form)
    view = SavedView(
        team=request.membership.team,
        saved_by=request.user,
        address=address,
        **form.cleaned_data,
    )
    if refused := _kept(view):
        form.add_error("name", refused)
        return overview_page(request, form)
    messages.success(request, _("The view is saved."))
    return redirect(f"{reverse('spend:overview')}?{address}")


@require_POST
@admins_only
def remove_view(request: MemberRequest, pk: int) -> HttpResponse:
    row = _own(request, pk)
    row.remove()
    address = urlencode({**query_of(request).parameters, "removed_view": row.pk})
    return redirect(f"{reverse('spend:overview')}?{address}")


@require_POST
@admins_only
def restore_view(request: MemberRequest, pk: int) -> HttpResponse:
    row = _own(request, pk)
    if refused := _kept(row):
        messages.error(request, refused)
    else:
        messages.success(request, _("The view is back."))
    return redirect(f"{reverse('spend:overview')}?{row.address}")


def _kept(view: SavedView) -> str:
    """Why not; empty: it is."""
    try:
        view.keep()
    except TooMany:
        told = _("You have %(most)s views. Remove one to save another.")
        return told % {"most": SavedView.MOST}
    except NameTaken:
        return _("You have a view of this name already.")
    return ""


def _own(request: MemberRequest, pk: int) -> SavedView:
    rows = SavedView.objects.of_spend().filter(team=request.membership.team)
    return get_object_or_404(rows, pk=pk, saved_by=request.user)
