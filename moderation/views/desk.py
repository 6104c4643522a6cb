"""A moderator's own desk: how covers look to them, what they leave out, their budget;
and what they looked at today."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import MemberRequest, moderators_only
from moderation.forms import DeskForm
from moderation.models import Desk, Reveal, Review


@require_http_methods(["GET", "POST"])
@moderators_only
def desk(request: MemberRequest) -> HttpResponse:
    own = Desk.of(request.user)
    form = DeskForm(request.POST or None, instance=own)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("moderation:desk")
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Reveal.objects.filter(revealed_by=request.user, revealed_at__gte=today)
    counted = rows.order_by().values_list("cause")
    words = dict(Review.Cause.choices)
    shown = {
        "form": form,
        "desk": own,
        "looks": [
            (words.get(cause, "–"), number, grave)
            for cause, number, grave in counted.annotate(
                Count("pk"), grave=Count("pk", filter=Q(is_grave=True))
            )
        ],
    }
    status = 422 if form.errors else 200
    return render(request, "moderation/desk.html", shown, status=status)
