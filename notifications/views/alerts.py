from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, admins_or_owners_only
from accounts.paging import page
from notifications import alerts as domain
from notifications.models import Alert

PAGE = 30
STATES = {
    "open": gettext_lazy("Open"),
    "over": gettext_lazy("Over"),
    "all": gettext_lazy("All"),
}


@require_GET
@never_cache
@admins_or_owners_only
def alerts(request: MemberRequest) -> HttpResponse:
    rows = Alert.objects.visible_to(request.user).select_related("team", "seen_by")
    rows = rows.annotate(created_at=F("raised_at"))  # the column that pages sort by
    state = request.GET.get("state", "")
    state = state if state in STATES else "open"
    if state == "open":
        rows = rows.open()
    elif state == "over":
        rows = rows.exclude(cleared_at=None)
    found = page(rows, request.GET.get("before", ""), PAGE)
    context = {"found": found, "state": state, "states": STATES}
    return render(request, "notifications/alerts.html", context)


@require_POST
@admins_or_owners_only
def see(request: MemberRequest, pk: int) -> HttpResponse:
    alert = get_object_or_404(Alert.objects.visible_to(request.user), pk=pk)
    domain.mark_seen(alert, by=request.user)
    if not request.htmx:
        return redirect("notifications:alerts")
    alert.refresh_from_db()
    return render(request, "notifications/_alert.html", {"alert": alert})


@require_POST
@admins_or_owners_only
def see_all(request: MemberRequest) -> HttpResponse:
    for alert in Alert.objects.visible_to(request.user).unseen():
        domain.mark_seen(alert, by=request.user)
    messages.success(request, _("All are marked as seen."))
    return redirect("notifications:alerts")
