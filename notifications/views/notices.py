"""A person's own notices."""

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest
from accounts.paging import page
from net.request_values import number
from notifications import notices as domain
from notifications.models import Notice, NoticeChoices, Way

PAGE = 30
#: Told to a browser at once.
MOST_NEW = 5


@require_GET
@never_cache
def notices(request: MemberRequest) -> HttpResponse:
    rows = Notice.objects.visible_to(request.user).select_related("team")
    found = page(rows, request.GET.get("before", ""), PAGE)
    context = {"found": found, "has_teams": len(request.memberships) > 1}
    return render(request, "notifications/notices.html", context)


@require_GET
@never_cache
def new(request: MemberRequest) -> JsonResponse:
    """For an open tab: how many are unread; the latest that the browser may tell."""
    user = request.user
    rows = Notice.objects.visible_to(user).unread()
    rows = rows.filter(created_at__gte=timezone.now() - domain.OLDEST)
    rows = rows.exclude(kind__in=NoticeChoices.kinds_without(user, Way.BROWSER))
    told = [
        {"id": row.pk, "number": row.number, "text": domain.sentence(row)}
        for row in rows.order_by("-created_at", "-pk")[:MOST_NEW]
    ]
    return JsonResponse({"unread": user.unread_notices, "notices": told})


@require_POST
def read(request: MemberRequest) -> HttpResponse:
    """All, or the one named; then on to what it is about."""
    if "notice" not in request.POST:
        domain.read(request.user)
        messages.success(request, _("All are marked as read."))
        return redirect("notifications:notices")
    key = number(request.POST["notice"]) or 0
    row = get_object_or_404(Notice.objects.visible_to(request.user), pk=key)
    domain.read(request.user, [row.pk])
    return redirect(row.url)
