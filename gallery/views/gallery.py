"""The released pictures of a team."""

import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.access import MemberRequest
from accounts.models import User
from accounts.paging import page
from generation.models import Artwork
from generation.operations import OPERATIONS
from generation.presenters.search import search_words

PAGE = 30
#: Calendar days, today among them.
PERIODS = {
    "today": (_("Today"), 1),
    "week": (_("7 days"), 7),
    "month": (_("30 days"), 30),
}
FILTERS = ("person", "operation", "period", "q")


@require_GET
@vary_on_headers("HX-Request")
def gallery(request: MemberRequest) -> HttpResponse:
    found = page(_chosen(request), request.GET.get("before", ""), PAGE)
    context: dict[str, Any] = {"artworks": found.rows, "older": found.older}
    if request.htmx:
        return render(request, "gallery/_artworks.html", context)
    people = User.objects.filter(memberships__team=request.membership.team)
    context |= {
        "people": people.order_by("username"),
        "person": _number(request.GET.get("person", "")),
        "operations": OPERATIONS.values(),
        "periods": [(key, label) for key, (label, _days) in PERIODS.items()],
        "is_filtered": any(map(request.GET.get, FILTERS)),
    }
    return render(request, "gallery/gallery.html", context)


def _chosen(request: MemberRequest) -> QuerySet[Artwork]:
    rows = Artwork.objects.visible_to(request.user).in_team(request.membership.team)
    if person := _number(request.GET.get("person", "")):
        rows = rows.filter(requested_by=person)
    if operation := OPERATIONS.get(request.GET.get("operation", "")):
        rows = rows.filter(generation__operation=operation.slug)
    if period := PERIODS.get(request.GET.get("period", "")):
        rows = rows.filter(created_at__gte=_first_moment(period[1]))
    if words := search_words(request):
        rows = rows.filter(generation__prompt__icontains=words)
    return rows.select_related("generation", "requested_by").defer(
        "generation__answer", "generation__parameters"
    )


def _first_moment(days: int) -> datetime.datetime:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - datetime.timedelta(days=days - 1)


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) < 19
    return int(text) if is_number else None
