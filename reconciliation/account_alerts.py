"""Looks for what admins must be told of, and for what is over."""

import datetime

from django.conf import settings
from django.db.models import Count, Sum
from django.db.models.functions import Abs
from django.urls import reverse
from django.utils import timezone

from accounts.models import Team
from gateways import catalogue
from gateways.models import GatewayAccount
from generation.models import Generation
from notifications import alerts
from notifications.models import Alert
from reconciliation.models import Difference

#: What is reserved for longer without an end is stuck.
STUCK_AFTER = datetime.timedelta(hours=6)


def sound() -> None:
    url = reverse("reconciliation:reconciliation")
    for name in settings.GATEWAYS:
        account = catalogue.account(name)
        _look_at_balance(account, url)
        _look_at_drift(account, url)
    _look_at_stuck_money()


def _look_at_balance(account: GatewayAccount, url: str) -> None:
    """Once for each threshold: another one is another alert."""
    key = f"{account.pk}:{account.alert_below}"
    below = account.alert_below
    is_low = None not in (below, account.balance) and account.balance < below  # type: ignore[operator]
    _clear_others("low_balance", f"{account.pk}:", key if is_low else "")
    if is_low:
        facts = {"account": str(account), "left": account.balance, "threshold": below}
        alerts.tell("low_balance", key=key, facts=facts, url=url)


def _look_at_drift(account: GatewayAccount, url: str) -> None:
    """Once for each run that found something, while anything of it is open."""
    open_ones = Difference.objects.open().filter(account=account)
    found = open_ones.aggregate(number=Count("pk"), drift=Sum(Abs("amount")))
    newest = open_ones.order_by("-run").values_list("run", flat=True).first()
    key = f"{account.pk}:{newest}" if newest else ""
    _clear_others("drift", f"{account.pk}:", key)
    if key:
        facts = {
            "account": str(account),
            "number": found["number"],
            "amount": found["drift"],
        }
        alerts.tell("drift", key=key, facts=facts, url=url)


def _look_at_stuck_money() -> None:
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
        alerts.tell("stuck_money", key=str(team.pk), facts=facts, team=team, url=url)
    over = Alert.objects.open().filter(kind="stuck_money").exclude(team__in=sums)
    for alert in over:
        alerts.clear("stuck_money", key=alert.key)


def _clear_others(kind: str, beginning: str, key: str) -> None:
    rows = Alert.objects.open().filter(kind=kind, key__startswith=beginning)
    for alert in rows.exclude(key=key):
        alerts.clear(kind, key=alert.key)
