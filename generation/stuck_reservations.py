"""Alerts admins of integrals reserved for generations that do not end."""

import datetime

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils import timezone

from accounts.models import Team
from generation.models import Generation
from notifications import alerts
from notifications.models import Alert

KIND = "stuck_money"
STUCK_AFTER = datetime.timedelta(hours=6)


def update() -> None:
    since = timezone.now() - STUCK_AFTER
    stuck = Generation.objects.exclude(status__in=Generation.TERMINAL).filter(
        created_at__lt=since, reserved__gt=0
    )
    sums = {
        row["team"]: row
        for row in stuck.order_by()
        .values("team")
        .annotate(number=Count("pk"), amount=Sum("reserved"))
    }
    for team in Team.objects.filter(pk__in=sums):
        facts = {
            "number": sums[team.pk]["number"],
            "amount": sums[team.pk]["amount"],
            "hours": int(STUCK_AFTER.total_seconds() // 3600),
        }
        url = f"{reverse('generation:activity')}?everyone=1"
        alerts.tell(KIND, key=str(team.pk), facts=facts, team=team, url=url)
    over = Alert.objects.open().filter(kind=KIND).exclude(team__in=sums)
    for alert in over:
        alerts.clear(KIND, key=alert.key)
