"""A moderator's own desk: how covers look to them, what they leave out, their budget;
and what they looked at of late."""

import datetime

from django.contrib import messages
from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import MemberRequest, moderators_only
from accounts.models import User
from moderation import exposure
from moderation.forms import DeskForm
from moderation.models import Desk, Reveal

#: Looks are counted for so many days, today among them.
DAYS = 7


@require_http_methods(["GET", "POST"])
@moderators_only
def desk(request: MemberRequest) -> HttpResponse:
    own = Desk.of(request.user)
    form = DeskForm(request.POST or None, instance=own)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("moderation:desk")
    shown = {"form": form, "desk": own, "looks": _looks(request.user)}
    shown["grave"] = exposure.grave_lately(own)
    status = 422 if form.errors else 200
    return render(request, "moderation/desk.html", shown, status=status)


def _looks(user: User) -> list[tuple[datetime.date, str, int, int]]:
    """Day, label, looks, and how many of them grave; the latest day first."""
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - datetime.timedelta(days=DAYS - 1)
    rows = Reveal.objects.filter(revealed_by=user, revealed_at__gte=since)
    counted = rows.annotate(day=TruncDate("revealed_at")).values_list("day", "label")
    number, grave = Count("pk"), Count("pk", filter=Q(is_grave=True))
    return list(
        counted.annotate(number=number, grave=grave).order_by("-day", "-number")
    )
