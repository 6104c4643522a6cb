"""A moderator's own desk and statistics."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import MemberRequest, moderators_only
from moderation import exposure, reveals
from moderation.forms import DeskForm
from moderation.models import Desk


@require_http_methods(["GET", "POST"])
@moderators_only
def desk(request: MemberRequest) -> HttpResponse:
    own = Desk.of(request.user)
    form = DeskForm(request.POST or None, instance=own)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("moderation:desk")
    shown = {
        "form": form,
        "desk": own,
        "looks": reveals.by_day_and_label(request.user),
        "grave": exposure.grave_reveals(own),
    }
    status = 422 if form.errors else 200
    return render(request, "moderation/desk.html", shown, status=status)
