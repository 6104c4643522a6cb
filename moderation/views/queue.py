"""The queue: what is held in a team, oldest first, under its covers."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest
from accounts.models import Team, User
from accounts.paging import page
from generation.models import ArtworkQuerySet
from moderation.models import Decision, Reveal
from moderation.views.waiting import PARTS, known_part, moderated_teams, waiting

PAGE = 48
#: Counting stops here; the page then says "1 000+".
MOST_COUNTED = 1000

WORDS = {
    "": _("All"),
    "block": pgettext_lazy("verdict", "Block"),
    "review": pgettext_lazy("verdict", "Review"),
    "check_failed": _("Check failed"),
    "offending": _("Offending"),
    "no_audit": _("No audit"),
}


@dataclass(frozen=True, slots=True)
class Chip:
    part: str
    words: str | Promise
    count: int

    @property
    def is_more(self) -> bool:
        return self.count > MOST_COUNTED


@require_GET
def queue(request: MemberRequest) -> HttpResponse:
    teams = moderated_teams(request.user)
    team = _team(request, teams)
    part = known_part(request.GET)
    rows = waiting(request.user, part).in_team(team)
    rows = rows.select_related("generation", "requested_by")
    found = page(rows, request.GET.get("before", ""), PAGE, oldest_first=True)
    context: dict[str, Any] = {
        "teams": teams,
        "team": team,
        "part": part,
        "chips": _chips(waiting(request.user).in_team(team)),
        "page": found,
        "reasons": Decision.Reason.choices,
    }
    if not found.rows:
        context["today"] = today(request.user)
        context["elsewhere"] = waiting(request.user).exclude(team=team).first()
    return render(request, "moderation/queue.html", context)


def today(user: User) -> dict[str, int]:
    """One's own numbers since midnight: released, rejected, revealed."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    decisions = user.decisions.filter(decided_at__gte=midnight).order_by()
    counted = dict(decisions.values_list("action").annotate(Count("pk")))
    revealed = Reveal.objects.filter(revealed_by=user, revealed_at__gte=midnight)
    return {
        "released": counted.get(Decision.Action.RELEASE, 0),
        "rejected": counted.get(Decision.Action.REJECT, 0),
        "revealed": revealed.count(),
    }


def _team(request: MemberRequest, teams: list[Team]) -> Team:
    """The one in the address, else the current, else the first that one moderates."""
    by_key = {str(team.pk): team for team in teams}
    if chosen := request.GET.get("team"):
        if chosen not in by_key:
            raise Http404
        return by_key[chosen]
    if not teams:
        raise Http404
    return by_key.get(str(request.membership.team_id), teams[0])


def _chips(held: ArtworkQuerySet) -> list[Chip]:
    # In the order of the queue's own index: else all that the team ever made is read.
    ordered = held.order_by("created_at", "pk")
    return [
        Chip(part, WORDS[part], ordered.filter(q)[: MOST_COUNTED + 1].count())
        for part, q in PARTS.items()
    ]
