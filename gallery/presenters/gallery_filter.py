"""The gallery's filter: person, operation, period, prompt words."""

import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import MemberRequest
from accounts.models import User
from generation.forms import search_words
from generation.models import Artwork
from generation.operations import OPERATIONS
from generation.presenters.filter_bar import FilterBar, Offer
from net.request_values import number

#: Period in the address → label, calendar days including today.
PERIODS = {
    "today": (_("Today"), 1),
    "week": (_("Last 7 days"), 7),
    "month": (_("Last 30 days"), 30),
}


class GalleryFilter:
    """Unknown values of the address do not filter."""

    def __init__(self, request: MemberRequest) -> None:
        self.request = request
        self.person = number(request.GET.get("person", ""))
        self.operation = OPERATIONS.get(request.GET.get("operation", ""))
        self.period = PERIODS.get(request.GET.get("period", ""))
        self.words = search_words(request)

    def artworks(self) -> QuerySet[Artwork]:
        """Released artworks only."""
        user, team = self.request.user, self.request.membership.team
        rows = self.narrowed(Artwork.objects.visible_to(user).in_team(team))
        return rows.select_related("generation", "requested_by").defer(
            *("generation__answer", "generation__parameters"),
            "generation__folded_prompt",
        )

    def narrowed(self, rows: QuerySet[Artwork]) -> QuerySet[Artwork]:
        if self.person:
            rows = rows.filter(requested_by=self.person)
        if self.operation:
            rows = rows.filter(generation__operation=self.operation.slug)
        if self.period:
            rows = rows.filter(created_at__gte=_first_moment(self.period[1]))
        if self.words:
            rows = rows.filter(generation__folded_prompt__contains=self.words)
        return rows

    def context(self) -> dict[str, Any]:
        """Of the page: its bar."""
        team = self.request.membership.team
        people = User.objects.filter(memberships__team=team).order_by("username")
        operations = [(each.slug, each.title) for each in OPERATIONS.values()]
        periods = [(key, label) for key, (label, _days) in PERIODS.items()]
        offers: list[Offer] = [
            ("person", _("Created by"), [(str(p.pk), p.display_name) for p in people]),
            ("period", _("Time"), periods),
            ("operation", _("Operation"), operations),
        ]
        return {"filters": FilterBar(self.request.GET, offers)}


def _first_moment(days: int) -> datetime.datetime:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - datetime.timedelta(days=days - 1)
