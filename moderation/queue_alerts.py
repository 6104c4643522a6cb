"""Alerts a team's admins before reviews are overdue."""

import datetime

from django.urls import reverse
from django.utils import timezone

from accounts.models import Team
from moderation.models import Review
from notifications import alerts

#: Alerts come this long before due times.
LEAD_TIME = datetime.timedelta(minutes=15)
#: Counting stops here.
MOST_COUNTED = 1000


def warn() -> None:
    """One alert per team with late reviews; others are cleared."""
    near = timezone.now() + LEAD_TIME
    late = Review.objects.waiting().real().filter(due_at__lte=near)
    for team in Team.objects.order_by("pk"):
        number = late.filter(team=team)[:MOST_COUNTED].count()
        key = f"team:{team.pk}"
        if not number:
            alerts.clear("review_due", key=key)
            continue
        url = f"{reverse('moderation:queue')}?team={team.pk}"
        facts = {"number": number}
        alerts.tell("review_due", key=key, facts=facts, team=team, url=url)
