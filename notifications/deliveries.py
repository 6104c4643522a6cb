"""Carries alerts to where people are outside of the portal: rows are the messages.

plan   a delivery for each open alert and each channel of its team, once
claim  by compare-and-set on when it is due: of two workers, one sends it
send   no transaction is open; an address is told to nobody and logged nowhere
book   sent, or tried again later in widening steps, or given up
"""

import datetime
import logging
import time

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Team, User
from accounts.sealing import Unreadable, seal, unseal
from net import outbound
from net.outbound import NotReached
from notifications import alerts, messengers
from notifications.models import Alert, Channel, Delivery

logger = logging.getLogger(__name__)
Status = Delivery.Status
Kind = Channel.Kind

#: So often it is tried, after 1, 2, 4 … minutes, an hour at most between two.
MOST_ATTEMPTS = 8
FIRST_WAIT = datetime.timedelta(minutes=1)
LONGEST_WAIT = datetime.timedelta(hours=1)
#: While one is under way nobody else begins it: longer than any exchange takes.
TAKEN = datetime.timedelta(minutes=2)
#: Of one channel at one time; the rest waits for the next round.
MOST_PLANNED = 50
MOST_SENT = 20


def add_channel(
    team: Team, kind: str, name: str, address: str, secret: str, *, by: User
) -> Channel:
    """Raises NotReached where the address is not one of that kind."""
    shown = address if kind == Kind.EMAIL else messengers.check(kind, address)
    return Channel.objects.create(
        team=team,
        kind=kind,
        name=name,
        host=shown,
        sealed_address=seal(address),
        sealed_secret=seal(secret) if secret else "",
        language=by.language or settings.LANGUAGE_CODE,
        created_by=by,
    )


def can_send(channel: Channel) -> bool:
    return channel.kind != Kind.EMAIL or bool(settings.EMAIL_HOST)


def test(channel: Channel) -> Delivery:
    return Delivery.objects.create(channel=channel)


def replay(delivery: Delivery) -> bool:
    """Send it again. False: it waits already."""
    rows = Delivery.objects.filter(pk=delivery.pk).exclude(status=Status.WAITING)
    return bool(
        rows.update(status=Status.WAITING, attempts=0, try_after=timezone.now())
    )


def run() -> int:
    """One round; how many were tried."""
    plan()
    claimed = claim()
    for delivery in claimed:
        book(delivery, send(delivery))
    return len(claimed)


def plan() -> None:
    """What was raised before a channel was there is not sent to it."""
    for channel in Channel.objects.filter(removed_at=None):
        if not can_send(channel):
            continue
        new = (
            Alert.objects.open()
            .filter(Q(team=channel.team_id) | Q(team=None))
            .filter(raised_at__gte=channel.created_at)
            .exclude(deliveries__channel=channel)
            .order_by("raised_at")[:MOST_PLANNED]
        )
        rows = [Delivery(channel=channel, alert=alert) for alert in new]
        Delivery.objects.bulk_create(rows, ignore_conflicts=True)


def claim() -> list[Delivery]:
    now = timezone.now()
    due = Delivery.objects.filter(
        status=Status.WAITING, try_after__lte=now, channel__removed_at=None
    ).select_related("channel", "alert")
    found = []
    for delivery in due.order_by("try_after")[:MOST_SENT]:
        rows = Delivery.objects.filter(
            pk=delivery.pk, status=Status.WAITING, try_after=delivery.try_after
        )
        if rows.update(try_after=now + TAKEN, attempts=F("attempts") + 1):
            delivery.attempts += 1
            found.append(delivery)
    return found


def send(delivery: Delivery) -> str:
    """Why it was not taken; empty where it was."""
    channel = delivery.channel
    try:
        address = unseal(channel.sealed_address)
        secret = unseal(channel.sealed_secret) if channel.sealed_secret else ""
        with translation.override(channel.language):
            message = _message(delivery)
        if channel.kind == Kind.EMAIL:
            return _send_mail(address, message)
        messengers.check(channel.kind, address)
        post = messengers.write(channel.kind, message, address, secret, time.time())
        status, answer = outbound.post(post.url, post.body, post.headers)
        return messengers.refusal(channel.kind, status, answer)
    except Unreadable:
        return "SECRET_KEY was changed: add the channel again"
    except NotReached as error:
        return str(error)
    except Exception as error:
        logger.error("Delivery %s broke: %s", delivery.pk, type(error).__name__)
        return type(error).__name__


def _message(delivery: Delivery) -> messengers.Message:
    alert = delivery.alert
    link = f"{settings.PUBLIC_URL}{alert.url if alert else '/alerts/'}"
    return messengers.Message(
        text=alerts.sentence(alert) if alert else _("This is a test of wjportal."),
        kind=alert.kind if alert else "test",
        facts=alert.facts if alert else {},
        url=link if settings.PUBLIC_URL else "",
        raised_at=(alert.raised_at if alert else delivery.created_at).isoformat(),
    )


def _send_mail(address: str, message: messengers.Message) -> str:
    if not settings.EMAIL_HOST:
        return "EMAIL_HOST is not set"
    body = f"{message.text}\n\n{message.url}".strip()
    send_mail(f"wjportal: {message.text[:120]}", body, None, [address])
    return ""


def book(delivery: Delivery, refusal: str) -> None:
    fields: dict[str, object] = {"status": Status.SENT}
    if refusal:
        is_over = delivery.attempts >= MOST_ATTEMPTS or delivery.alert is None
        wait = min(FIRST_WAIT * 2 ** (delivery.attempts - 1), LONGEST_WAIT)
        fields = {
            "status": Status.FAILED if is_over else Status.WAITING,
            "try_after": timezone.now() + wait,
        }
    with transaction.atomic():
        delivery.tries.create(is_sent=not refusal, answer=refusal[:200])
        Delivery.objects.filter(pk=delivery.pk, status=Status.WAITING).update(**fields)
