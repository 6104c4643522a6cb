"""Another role, and the way out of a team: said first where it cannot be taken back by
who does it, undone otherwise."""

from dataclasses import dataclass

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import MemberRequest, admins_only
from accounts.forms import RoleForm
from accounts.models import LastAdmin, Membership, RoleChanged, User
from accounts.presenters.leaving import removal_words, step_down_words
from accounts.views.account import HOME

#: A removal is undone without a new invitation for this long.
UNDO_SECONDS = 600
REMOVED = "accounts.people.removed"


@dataclass(frozen=True, slots=True)
class Removed:
    """``undo``: signed person, team and role."""

    user: User
    undo: str


@require_http_methods(["GET", "POST"])
@admins_only
def change_role(request: MemberRequest, pk: int) -> HttpResponse:
    """An admin who gives up the role is told first what that means (GET)."""
    membership = membership_of(request, pk)
    form = RoleForm(request.POST if request.method == "POST" else request.GET)
    if not form.is_valid():
        return _row(request, membership, error=_("There is no such role."))
    role, before = form.cleaned_data["role"], membership.role
    is_own = membership.user == request.user and role != Membership.Role.ADMIN
    if request.method == "GET" or (is_own and "sure" not in request.POST):
        return _ask_to_step_down(request, membership, role)
    try:
        membership.change_role(role, by=request.user, was=form.cleaned_data["was"])
    except LastAdmin:
        return _row(request, membership, error=_last_admin())
    except RoleChanged:
        words = _("Another admin changed this role meanwhile. Nothing was changed.")
        return _row(request, membership_of(request, pk), error=words)
    if is_own:
        return _home(request)
    return _row(request, membership, before=before)


@require_http_methods(["GET", "POST"])
@admins_only
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    """What will be (GET), then so (POST)."""
    membership = membership_of(request, pk)
    if request.method == "GET":
        shown = removal_words(membership, is_own=membership.user == request.user)
        return render(request, "accounts/leaving.html", shown)
    try:
        membership.leave(by=request.user)
    except LastAdmin:
        messages.error(request, _last_admin())
        return redirect("accounts:people")
    if membership.user == request.user:
        return _home(request)
    values = [membership.user_id, membership.team_id, membership.role]
    undo = urlencode({"undo": signing.dumps(values, salt=REMOVED)})
    return redirect(f"{reverse('accounts:people')}?{undo}")


@require_POST
@admins_only
def restore(request: MemberRequest) -> HttpResponse:
    """Undoes a removal, within UNDO_SECONDS."""
    found = _undo(request, request.POST.get("undo", ""))
    if found is None:
        messages.error(request, _("Too late to undo: invite the person again."))
        return redirect("accounts:people")
    user, role = found
    team = request.membership.team
    Membership(user_id=user, team=team, role=role).restore(by=request.user)
    return redirect("accounts:people")


def removed(request: MemberRequest) -> Removed | None:
    """Whom the address of the page says to be removed, if that can be undone."""
    sent = request.GET.get("undo", "")
    try:
        found = _undo(request, sent) if sent else None
    except Http404:
        return None
    if found is None:
        return None
    team = request.membership.team
    gone = User.objects.filter(pk=found[0]).exclude(memberships__team=team)
    return next((Removed(person, sent) for person in gone), None)


def _undo(request: MemberRequest, sent: str) -> tuple[int, str] | None:
    """None: too late or forged. Raises Http404 for another team's."""
    try:
        user, team, role = signing.loads(sent, salt=REMOVED, max_age=UNDO_SECONDS)
    except signing.BadSignature:
        return None
    if team != request.membership.team_id:
        raise Http404
    return user, role


def membership_of(request: MemberRequest, pk: int) -> Membership:
    rows = request.membership.team.memberships.select_related("user", "team")
    return get_object_or_404(rows, pk=pk)


def renewable(request: MemberRequest, found: list[Membership]) -> set[int]:
    rows = Membership.objects.filter(pk__in=[row.pk for row in found])
    return set(rows.renewable_by(request.user).values_list("pk", flat=True))


def _ask_to_step_down(
    request: MemberRequest, membership: Membership, role: str
) -> HttpResponse:
    if request.method == "POST":
        path = f"{request.path}?{urlencode({'role': role})}"
        return HttpResponseClientRedirect(path) if request.htmx else redirect(path)
    if membership.user != request.user:
        return redirect("accounts:people")
    return render(request, "accounts/leaving.html", step_down_words(membership, role))


def _row(
    request: MemberRequest, membership: Membership, *, error: str = "", before: str = ""
) -> HttpResponse:
    """``before``: the role that an undo brings back."""
    roles = dict(Membership.Role.choices)
    if request.htmx:
        row = {"membership": membership, "roles": Membership.Role, "error": error}
        row["renewable"] = renewable(request, [membership])
        if before != membership.role:
            row |= {"before": before, "before_words": roles.get(before)}
        return render(request, "accounts/_person.html", row)
    if error:
        messages.error(request, error)
    elif before != membership.role:
        who, role = membership.user.display_name, membership.get_role_display()
        said = _("%(who)s: %(role)s now, %(before)s before.")
        names = {"who": who, "role": role, "before": roles.get(before)}
        messages.success(request, said % names)
    return redirect("accounts:people")


def _home(request: MemberRequest) -> HttpResponse:
    response = redirect(HOME)
    return HttpResponseClientRedirect(response.url) if request.htmx else response


def _last_admin() -> str:
    return _("This is the team's last admin. Make someone else an admin first.")
