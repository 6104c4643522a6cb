import logging
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, admins_only
from accounts.forms import AddForm
from accounts.models import Invitation, Membership
from accounts.views import leaving

logger = logging.getLogger(__name__)

PAGE = 50


@require_GET
@admins_only
def people(request: MemberRequest) -> HttpResponse:
    return _page(request, _empty_form(request))


@require_POST
@admins_only
@never_cache
def add(request: MemberRequest) -> HttpResponse:
    """Answers alike whether the user name is known or not.

    No redirect: the password is shown only here.
    """
    form = AddForm(request.POST, team=request.membership.team)
    if not form.is_valid():
        return _page(request, form, status=422)
    invitation, password = form.save(by=request.user)
    return _page(request, _empty_form(request), invited=invitation, password=password)


@require_POST
@admins_only
@never_cache
def renew_invitation(request: MemberRequest, pk: int) -> HttpResponse:
    """Another password, where the first one was lost."""
    invitation = _invitation(request, pk)
    form, password = _empty_form(request), invitation.renew_password(by=request.user)
    return _page(request, form, invited=invitation, password=password)


@require_POST
@admins_only
def withdraw(request: MemberRequest, pk: int) -> HttpResponse:
    invitation = _invitation(request, pk)
    invitation.withdraw(by=request.user)
    who = invitation.display_name
    messages.success(request, _("%s is not invited any more.") % who)
    return redirect("accounts:people")


@require_POST
@admins_only
@never_cache
def renew_password(request: MemberRequest, pk: int) -> HttpResponse:
    """Of `MembershipQuerySet.renewable_by`; ends the person's sessions."""
    membership = leaving.membership_of(request, pk)
    if membership.pk not in leaving.renewable(request, [membership]):
        raise Http404
    by, team = request.user, membership.team
    password = membership.user.renew_password(by=by, team=team)
    form = _empty_form(request)
    logger.warning("%s renewed the password of %s", request.user, membership.user)
    return _page(request, form, added=membership, password=password)


def _page(
    request: MemberRequest, form: AddForm, *, status: int = 200, **shown: Any
) -> HttpResponse:
    team = request.membership.team
    rows = team.memberships.select_related("user").order_by("user__username")
    if after := request.GET.get("after"):
        rows = rows.filter(user__username__gt=after)
    found = list(rows[: PAGE + 1])
    shown |= {"form": form, "memberships": found[:PAGE], "roles": Membership.Role}
    waiting = team.invitations.select_related("user").order_by("-pk")
    shown["invitations"] = waiting[:PAGE]
    shown["renewable"] = leaving.renewable(request, found)
    shown["removed"] = leaving.removed(request)
    shown["more"] = found[PAGE - 1].user.username if len(found) > PAGE else ""
    return render(request, "accounts/people.html", shown, status=status)


def _invitation(request: MemberRequest, pk: int) -> Invitation:
    rows = request.membership.team.invitations.select_related("user")
    return get_object_or_404(rows, pk=pk)


def _empty_form(request: MemberRequest) -> AddForm:
    initial = {"role": Membership.Role.MEMBER}
    return AddForm(team=request.membership.team, initial=initial)
