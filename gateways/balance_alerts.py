"""Alerts admins of an account whose balance is below its threshold."""

from django.db import transaction

from accounts.models import User
from gateways.models import GatewayAccount
from log import changes
from notifications import alerts

KIND = "low_balance"


def update(account: GatewayAccount, *, url: str) -> None:
    """A changed threshold raises another alert."""
    key = f"{account.pk}:{account.alert_below}"
    below, left = account.alert_below, account.balance
    is_low = below is not None and left is not None and left < below
    alerts.clear_others(KIND, prefix=f"{account.pk}:", key=key if is_low else "")
    if is_low:
        facts = {"account": str(account), "left": left, "threshold": below}
        alerts.tell(KIND, key=key, facts=facts, url=url)


def set_threshold(account: GatewayAccount, below: int | None, *, by: User) -> None:
    """None: nobody is told."""
    with transaction.atomic():
        row = GatewayAccount.objects.select_for_update().get(pk=account.pk)
        if row.alert_below == below:
            return
        changes.record(
            changes.Kind.GATEWAY,
            row.full_name,
            by=by,
            before=row.alert_below,
            after=below,
            note="alert_below",
        )
        row.alert_below = below
        row.save(update_fields=["alert_below"])
