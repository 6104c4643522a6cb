"""Owners of the installation."""

import logging

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import MemberRequest, owners_only
from accounts.forms import OwnerForm
from accounts.models import LastOwner, User
from accounts.presenters.leaving import owner_words
from accounts.views.account import HOME

logger = logging.getLogger(__name__)


@require_GET
@owners_only
def owners(request: MemberRequest) -> HttpResponse:
    return _page(request, OwnerForm())


@require_POST
@owners_only
def make_owner(request: MemberRequest) -> HttpResponse:
    form = OwnerForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    person = form.cleaned_data["username"]
    person.set_owner(True, by=request.user)
    logger.warning("%s is an owner now, by %s", person, request.user)
    messages.success(request, _("%s is an owner now.") % person.display_name)
    return redirect("accounts:owners")


@require_http_methods(["GET", "POST"])
@owners_only
def remove_owner(request: MemberRequest, pk: int) -> HttpResponse:
    """What will be (GET), then so (POST)."""
    person = get_object_or_404(User, pk=pk, is_owner=True)
    if request.method == "GET":
        shown = owner_words(person, is_own=person == request.user)
        return render(request, "accounts/leaving.html", shown)
    try:
        person.set_owner(False, by=request.user)
    except LastOwner:
        words = _("This is the last owner. Make someone else an owner first.")
        messages.error(request, words)
        return redirect("accounts:owners")
    logger.warning("%s is no owner any more, by %s", person, request.user)
    messages.success(request, _("%s is no owner any more.") % person.display_name)
    return redirect(HOME if person == request.user else "accounts:owners")


def _page(request: MemberRequest, form: OwnerForm, status: int = 200) -> HttpResponse:
    rows = User.objects.filter(is_owner=True).order_by("username")
    shown = {"owners": rows, "form": form}
    return render(request, "accounts/owners.html", shown, status=status)
