"""故障通知: a gateway reports that a service fails (contract wujie §7.11).

An admin registers the address with the gateway. Its secret token allows raising an
alert, nothing else. A notice that is no fault clears its service's alert.
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
SHOWN_FOR = datetime.timedelta(days=7)
RETENTION = datetime.timedelta(days=90)


def token(name: str) -> str:
    return salted_hmac(SALT, name, algorithm="sha256").hexdigest()[:40]


def is_token(name: str, given: str) -> bool:
    return name in settings.GATEWAYS and hmac.compare_digest(token(name), given)


def address(name: str) -> str:
    """To register; "" where the gateway cannot reach us."""
    if not settings.PUBLIC_URL:
        return ""
    path = reverse("callbacks:notice", args=[name, token(name)])
    return f"{settings.PUBLIC_URL}{path}"


def take(account: GatewayAccount, notice: Notice) -> None:
    """Keep the notice, once; raise or clear its alert."""
    key = f"{account.pk}:{notice.service}"
    with transaction.atomic():
        FaultNotice.objects.get_or_create(
            account=account,
            service=notice.service,
            status=notice.status,
            told_at=notice.at,
        )
        if not notice.is_fault:
            alerts.clear("gateway_fault", key=key)
            return
        facts = {"account": str(account), "service": notice.service}
        url = reverse("generation:gateways")
        alerts.tell("gateway_fault", key=key, facts=facts, url=url)


def latest() -> list[FaultNotice]:
    since = timezone.now() - SHOWN_FOR
    rows = FaultNotice.objects.filter(received_at__gt=since).select_related("account")
    return list(rows.order_by("-received_at", "-pk")[:20])


def tidy() -> None:
    FaultNotice.objects.filter(received_at__lt=timezone.now() - RETENTION).delete()
