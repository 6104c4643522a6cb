"""The part of the spend page that needs the work itself: what came to nothing."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, admins_only
from generation import waste as wasted
from spend import gateways
from spend.views.asked import Asked


@require_GET
@admins_only
def waste(request: MemberRequest) -> HttpResponse:
    """The spend page asks for it after itself: it reads tasks, not sums by day."""
    asked = Asked(request.GET, request.membership.team, request.memberships)
    period = asked.period
    found = wasted.waste(
        asked.team,
        asked.unit,
        period.start,
        period.end,
        sandbox=gateways.is_sandbox(asked.gateway),
    )
    shown = {"waste": found, "spent": asked.spent(period), "unit": asked.unit}
    return render(request, "generation/_waste.html", shown)
