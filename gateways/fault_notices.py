"""故障通知: a gateway tells us that one of its services fails (contract §7.11).

Its address is registered with the gateway by hand, and is not to be guessed: who knows
it may raise an alert, and nothing else. What ends a fault is not documented, so any
other word than the sample's about the same service takes the alert back.
"""

import datetime
import hmac

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from gateways.models import FaultNotice, GatewayAccount
from gateways.providers.base import Notice
from notifications import alerts

SALT = "gateways.fault_notices"
OCCURRED = "OCCURRED"
SHOWN = datetime.timedelta(days=7)
KEPT = datetime.timedelta(days=90)


def token(name: str) -> str:
    """Of the account of that name in the settings."""
    return salted_hmac(SALT, name).hexdigest()[:40]


def is_token(name: str, given: str) -> bool:
    return name in settings.GATEWAYS and hmac.compare_digest(token(name), given)


def address(name: str) -> str:
    """What is to be registered with the gateway; empty where it cannot reach us."""
    if not settings.PUBLIC_URL:
        return ""
    path = reverse("callbacks:notice", args=[name, token(name)])
    return f"{settings.PUBLIC_URL}{path}"


def take(account: GatewayAccount, notice: Notice) -> None:
    key = f"{account.pk}:{notice.service}"
    with transaction.atomic():
        FaultNotice.objects.get_or_create(
            account=account,
            service=notice.service,
            status=notice.status,
            told_at=notice.at,
        )
        if notice.status != OCCURRED:
            alerts.clear("gateway_fault", key=key)
            return
        facts = {"account": str(account), "service": notice.service}
        url = reverse("generation:gateways")
        alerts.tell("gateway_fault", key=key, facts=facts, url=url)


def latest() -> list[FaultNotice]:
    since = timezone.now() - SHOWN
    rows = FaultNotice.objects.filter(received_at__gt=since).select_related("account")
    return list(rows.order_by("-received_at", "-pk")[:20])


def tidy() -> None:
    FaultNotice.objects.filter(received_at__lt=timezone.now() - KEPT).delete()
