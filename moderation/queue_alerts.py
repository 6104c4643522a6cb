"""Tells a team's admins before its queue is late."""

import datetime

from django.urls import reverse
from django.utils import timezone

from accounts.models import Team
from moderation.models import Review
from notifications import alerts

#: So long before something is due.
BEFORE = datetime.timedelta(minutes=15)
#: Counting stops here.
MOST = 1000


def warn() -> None:
    """Once for each team, for as long as it lasts."""
    near = timezone.now() + BEFORE
    late = Review.objects.waiting().real().filter(due_at__lte=near)
    for team in Team.objects.order_by("pk"):
        number = late.filter(team=team)[:MOST].count()
        key = f"team:{team.pk}"
        if not number:
            alerts.clear("review_due", key=key)
            continue
        url = f"{reverse('moderation:queue')}?team={team.pk}"
        facts = {"number": number}
        alerts.tell("review_due", key=key, facts=facts, team=team, url=url)
