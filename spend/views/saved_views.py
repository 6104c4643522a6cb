"""Views of the spend page kept by name: save, remove, restore."""

from urllib.parse import urlencode

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import MemberRequest, admins_only
from spend.forms import ViewForm
from spend.models import SavedView
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
    if _is_full(request):
        told = _("You have %(most)s views. Remove one to save another.")
        form.add_error("name", told % {"most": SavedView.MOST})
        return overview_page(request, form)
    try:
        with transaction.atomic():
            SavedView.objects.create(
                team=request.membership.team,
                saved_by=request.user,
                address=address,
                **form.cleaned_data,
            )
    except IntegrityError:
        form.add_error("name", _("You have a view of this name already."))
        return overview_page(request, form)
    messages.success(request, _("The view is saved."))
    return redirect(f"{reverse('spend:overview')}?{address}")


@require_POST
@admins_only
def remove_view(request: MemberRequest, pk: int) -> HttpResponse:
    row = _own(request, pk)
    SavedView.objects.filter(pk=row.pk, removed_at=None).update(
        removed_at=timezone.now()
    )
    address = urlencode({**query_of(request).parameters, "removed_view": row.pk})
    return redirect(f"{reverse('spend:overview')}?{address}")


@require_POST
@admins_only
def restore_view(request: MemberRequest, pk: int) -> HttpResponse:
    row = _own(request, pk)
    if _is_full(request):
        told = _("You have %(most)s views. Remove one to save another.")
        messages.error(request, told % {"most": SavedView.MOST})
        return redirect("spend:overview")
    try:
        with transaction.atomic():
            SavedView.objects.filter(pk=row.pk).update(removed_at=None)
    except IntegrityError:
        messages.error(request, _("You have a view of this name already."))
    else:
        messages.success(request, _("The view is back."))
    return redirect(f"{reverse('spend:overview')}?{row.address}")


def _is_full(request: MemberRequest) -> bool:
    views = SavedView.objects.of_spend()
    return not views.has_room(request.user, request.membership.team)


def _own(request: MemberRequest, pk: int) -> SavedView:
    rows = SavedView.objects.of_spend().filter(team=request.membership.team)
    return get_object_or_404(rows, pk=pk, saved_by=request.user)
