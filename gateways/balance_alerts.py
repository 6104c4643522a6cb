"""Alerts admins of an account whose balance is below its threshold."""

from gateways.models import GatewayAccount
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
