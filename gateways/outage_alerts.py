"""Alerts owners of an account whose gateway cannot be reached or refuses the portal.

A pause has its own alert (`gateways.pausing`).
"""

import datetime

from django.urls import reverse
from django.utils import timezone

from gateways.models import GatewayAccount
from notifications import alerts

KIND = "gateway_silent"
#: A shorter trouble is told on pages alone.
TROUBLE_SECONDS = 120


def update(account: GatewayAccount) -> None:
    """Raise or clear the account's alert, after a request there."""
    health, key = account.health, f"account:{account.pk}"
    health.refresh_from_db()
    if health.is_paused or not (health.tripped_at or _is_long(health.trouble_at)):
        alerts.clear(KIND, key=key)
        return
    facts = {"account": account.full_name, "reason": health.trouble or "–"}
    alerts.tell(KIND, key=key, facts=facts, url=reverse("generation:gateways"))


def _is_long(since: datetime.datetime | None) -> bool:
    length = datetime.timedelta(seconds=TROUBLE_SECONDS)
    return since is not None and since <= timezone.now() - length
