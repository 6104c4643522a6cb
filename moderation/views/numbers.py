"""The team's queue in numbers, for all its moderators.

Agreement with known answers is shown of oneself and the whole team, never of another
person.
"""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest
from moderation import numbers as counted
from moderation.models import Review
from moderation.presenters.decided_chart import PERIODS, bars, decided
from moderation.queue_filter import chosen_team, moderated_teams

MOST_DISAGREED = 20


@require_GET
def numbers(request: MemberRequest) -> HttpResponse:
    teams = moderated_teams(request)
    team, now = chosen_team(request, teams), timezone.now()
    chosen = request.GET.get("period", "")
    chosen = chosen if chosen in PERIODS else "day"
    since = bars(chosen, now)[0]
    answers = counted.own_answers(request.user, team.pk)
    differing = [row for row in answers if row.action != row.review.expected]
    causes = counted.waiting(team.pk, now)
    shown = {
        "teams": teams,
        "team": team,
        "periods": [(name, row[0]) for name, row in PERIODS.items()],
        "chosen": chosen,
        "is_by_hour": PERIODS[chosen][2] < counted.DAY,
        "decided": decided(chosen, counted.by_hour(team.pk, since), now),
        "labels": counted.by_label(team.pk, since),
        "times": counted.times(team.pk, since),
        "agreement": counted.agreement(team.pk, now),
        "accuracy_days": counted.ACCURACY_DAYS,
        "waiting": [(each, causes[each]) for each in Review.Cause if each in causes],
        "all_waiting": counted.by_age(causes),
        "own": counted.own_agreement(answers),
        "disagreed": differing[:MOST_DISAGREED],
    }
    return render(request, "moderation/numbers.html", shown)
