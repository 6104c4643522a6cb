import logging
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import MemberRequest, admins_only
from accounts.forms import AddForm, RoleForm
from accounts.models import Invitation, LastAdmin, Membership
from accounts.views.account import HOME

logger = logging.getLogger(__name__)

PAGE = 50
#: A removal is undone without a new invitation for this long.
UNDO_SECONDS = 600
REMOVED = "accounts.people.removed"


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
    membership = _membership(request, pk)
    if membership.pk not in _renewable(request, [membership]):
        raise Http404
    by, team = request.user, membership.team
    password = membership.user.renew_password(by=by, team=team)
    form = _empty_form(request)
    logger.warning("%s renewed the password of %s", request.user, membership.user)
    return _page(request, form, added=membership, password=password)


@require_POST
@admins_only
def change_role(request: MemberRequest, pk: int) -> HttpResponse:
    membership = _membership(request, pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _row(request, membership, _("There is no such role."))
    try:
        membership.change_role(form.cleaned_data["role"], by=request.user)
    except LastAdmin:
        return _row(request, membership, _last_admin())
    if membership.user == request.user and not membership.can_administer:
        return _home(request)
    return _row(request, membership)


@require_POST
@admins_only
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    membership = _membership(request, pk)
    try:
        membership.leave(by=request.user)
    except LastAdmin:
        return _row(request, membership, _last_admin())
    if membership.user == request.user:
        return _home(request)
    if request.htmx:
        undo = [membership.user_id, membership.team_id, membership.role]
        shown = {"removed": membership, "undo": signing.dumps(undo, salt=REMOVED)}
        return render(request, "accounts/_removed.html", shown)
    who = membership.user.display_name
    messages.success(request, _("%s is no longer in this team.") % who)
    return redirect("accounts:people")


@require_POST
@admins_only
def restore(request: MemberRequest) -> HttpResponse:
    """Undoes a removal, within UNDO_SECONDS."""
    sent, team = request.POST.get("undo", ""), request.membership.team
    try:
        user, key, role = signing.loads(sent, salt=REMOVED, max_age=UNDO_SECONDS)
    except signing.BadSignature:
        messages.error(request, _("Too late to undo: invite the person again."))
        return redirect("accounts:people")
    if key != team.pk:
        raise Http404
    Membership(user_id=user, team=team, role=role).restore(by=request.user)
    return redirect("accounts:people")


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
    shown["renewable"] = _renewable(request, found)
    shown["more"] = found[PAGE - 1].user.username if len(found) > PAGE else ""
    return render(request, "accounts/people.html", shown, status=status)


def _row(
    request: MemberRequest, membership: Membership, error: str = ""
) -> HttpResponse:
    if request.htmx:
        row = {"membership": membership, "roles": Membership.Role, "error": error}
        row["renewable"] = _renewable(request, [membership])
        return render(request, "accounts/_person.html", row)
    if error:
        messages.error(request, error)
    return redirect("accounts:people")


def _home(request: MemberRequest) -> HttpResponse:
    response = redirect(HOME)
    return HttpResponseClientRedirect(response.url) if request.htmx else response


def _membership(request: MemberRequest, pk: int) -> Membership:
    rows = request.membership.team.memberships.select_related("user", "team")
    return get_object_or_404(rows, pk=pk)


def _invitation(request: MemberRequest, pk: int) -> Invitation:
    rows = request.membership.team.invitations.select_related("user")
    return get_object_or_404(rows, pk=pk)


def _renewable(request: MemberRequest, found: list[Membership]) -> set[int]:
    rows = Membership.objects.filter(pk__in=[row.pk for row in found])
    return set(rows.renewable_by(request.user).values_list("pk", flat=True))


def _empty_form(request: MemberRequest) -> AddForm:
    initial = {"role": Membership.Role.MEMBER}
    return AddForm(team=request.membership.team, initial=initial)


def _last_admin() -> str:
    return _("This is the team's last admin. Make someone else an admin first.")
