"""A new team, by an owner, who becomes its first admin."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import MemberRequest, owners_only
from accounts.forms import TeamForm
from accounts.middleware import SESSION_KEY


@require_http_methods(["GET", "POST"])
@owners_only
def new_team(request: MemberRequest) -> HttpResponse:
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        team = form.save_for(request.user)
        request.session[SESSION_KEY] = team.pk
        return redirect("spend:team", team.pk)
    status = 422 if form.errors else 200
    return render(request, "accounts/new_team.html", {"form": form}, status=status)
