"""Alerts admins of open differences at an account."""

from django.db.models import Count, Sum
from django.db.models.functions import Abs

from gateways.models import GatewayAccount
from notifications import alerts
from reconciliation.models import Difference

KIND = "drift"


def update(account: GatewayAccount, *, url: str) -> None:
    """One per run that found differences, while any is open."""
    open_ones = Difference.objects.open().filter(account=account)
    found = open_ones.aggregate(number=Count("pk"), drift=Sum(Abs("amount")))
    newest = open_ones.order_by("-run").values_list("run", flat=True).first()
    key = f"{account.pk}:{newest}" if newest else ""
    alerts.clear_others(KIND, prefix=f"{account.pk}:", key=key)
    if key:
        facts = {
            "account": str(account),
            "number": found["number"],
            "amount": found["drift"],
        }
        alerts.tell(KIND, key=key, facts=facts, url=url)
