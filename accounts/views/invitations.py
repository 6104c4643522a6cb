"""Invitations to teams: the person accepts or declines."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest
from accounts.middleware import SESSION_KEY
from accounts.models import Invitation, Withdrawn
from accounts.views.account import HOME


@require_GET
def invitations(request: MemberRequest) -> HttpResponse:
    rows = request.user.invitations.select_related("team", "invited_by")
    shown = {"invitations": rows.order_by("-pk")}
    return render(request, "accounts/invitations.html", shown)


@require_POST
def accept(request: MemberRequest, pk: int) -> HttpResponse:
    """The team becomes the current one."""
    try:
        membership = _invitation(request, pk).accept()
    except Withdrawn as error:
        raise Http404 from error
    request.session[SESSION_KEY] = membership.team_id
    words = _("You are in the team %s now.") % membership.team
    messages.success(request, words)
    return redirect(HOME)


@require_POST
def decline(request: MemberRequest, pk: int) -> HttpResponse:
    invitation = _invitation(request, pk)
    invitation.decline()
    words = _("Declined. You are not in the team %s.") % invitation.team
    messages.success(request, words)
    return redirect("accounts:invitations")


def _invitation(request: MemberRequest, pk: int) -> Invitation:
    rows = request.user.invitations.select_related("team", "user")
    return get_object_or_404(rows, pk=pk)
