"""An admin makes a control item of a decided picture."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import MemberRequest
from generation.models import Artwork
from moderation import control_items


@require_POST
def known(request: MemberRequest, pk: int) -> HttpResponse:
    """Without ``wanted`` in the form, unmarks."""
    own = request.user.memberships.filter(role="admin").values("team")
    rows = Artwork.objects.filter(team__in=own, stored_at__isnull=False)
    artwork = get_object_or_404(rows, pk=pk)
    if "wanted" not in request.POST:
        control_items.unmark(artwork, by=request.user)
        messages.success(request, _("No longer a calibration item."))
        return redirect("moderation:review", pk)
    try:
        control_items.mark(artwork, by=request.user)
        messages.success(
            request, _("Colleagues get it as a calibration item from now on.")
        )
    except control_items.NotSettled:
        messages.error(request, _("Nobody has decided on it yet, or it is in review."))
    return redirect("moderation:review", pk)
