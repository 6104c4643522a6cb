"""Delivers alerts and notices to channels outside the portal.

plan   one delivery per open alert and channel of its team; notices: `notices.plan`
claim  compare-and-set on ``try_after``: one worker gets the delivery
send   the network, without a transaction; addresses never appear in logs or answers
book   sent, retried with exponential back-off, or failed
"""

import datetime
import logging
import time

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import press_limits
from accounts.models import Team, User
from accounts.sealing import Unreadable, seal, unseal
from log import changes
from net import outbound
from net.outbound import NotReached
from net.request_values import one_line
from notifications import alerts, mailing, notices
from notifications.messengers import MESSENGERS
from notifications.messengers.base import Message
from notifications.models import Alert, Channel, Delivery

logger = logging.getLogger(__name__)
Status = Delivery.Status
Kind = Channel.Kind

MAX_ATTEMPTS = 8
#: The back-off doubles.
FIRST_BACKOFF = datetime.timedelta(minutes=1)
LONGEST_BACKOFF = datetime.timedelta(hours=1)
#: Longer than any exchange takes (``net.outbound``).
CLAIM_EXPIRES_AFTER = datetime.timedelta(minutes=2)
#: Limits of one round.
MAX_PLANNED_PER_CHANNEL = 50
MAX_CLAIMED = 20


def add_channel(
    team: Team | None, kind: str, name: str, address: str, secret: str, *, by: User
) -> Channel:
    """``team`` None: for owners. Raises NotReached for an address of another
    platform."""
    channel = _unsaved(kind, name, address, secret, by=by)
    channel.team = team
    with transaction.atomic():
        kind_of_change = changes.Kind.CHANNEL
        changes.record(kind_of_change, name, by=by, team=team, after=channel.host)
        channel.save(force_insert=True)
    return channel


def _unsaved(kind: str, name: str, address: str, secret: str, *, by: User) -> Channel:
    """Raises NotReached for an address of another platform."""
    return Channel(
        kind=kind,
        name=name,
        host=address if kind == Kind.EMAIL else MESSENGERS[kind].check(address),
        sealed_address=seal(address),
        sealed_secret=seal(secret) if secret else "",
        language=by.language or settings.LANGUAGE_CODE,
        created_by=by,
    )


def remove_channel(channel: Channel, *, by: User) -> bool:
    """Erases address and secret; deliveries stay. False: somebody was first."""
    gone = {"removed_at": timezone.now(), "sealed_address": "", "sealed_secret": ""}
    with transaction.atomic():
        if not Channel.objects.in_use().filter(pk=channel.pk).update(**gone):
            return False
        kind, team = changes.Kind.CHANNEL, channel.team
        changes.record(kind, channel.name, by=by, team=team, before=channel.host)
        return True


def add_own_channel(user: User, kind: str, address: str, secret: str) -> Channel:
    """For the person's notices, instead of the one that they had of this sort: one for
    e-mail, one messenger. Raises NotReached for an address of another platform."""
    channel = _unsaved(kind, str(Kind(kind).label), address, secret, by=user)
    channel.person = user
    with transaction.atomic():
        for row in Channel.objects.in_use().filter(person=user):
            if (row.kind == Kind.EMAIL) == (kind == Kind.EMAIL):
                remove_own_channel(row)
        channel.save(force_insert=True)
    return channel


def remove_own_channel(channel: Channel) -> bool:
    """Erases address and secret. False: removed before."""
    gone = {"removed_at": timezone.now(), "sealed_address": "", "sealed_secret": ""}
    return bool(Channel.objects.in_use().filter(pk=channel.pk).update(**gone))


def can_send(channel: Channel) -> bool:
    return channel.kind != Kind.EMAIL or bool(settings.EMAIL_HOST)


def test(channel: Channel) -> Delivery:
    """A test message, claimed for `send_now`; not retried. Raises
    press_limits.PressedOften."""
    press_limits.take(f"channel:{channel.pk}")
    later = timezone.now() + CLAIM_EXPIRES_AFTER
    return Delivery.objects.create(channel=channel, try_after=later, attempts=1)


def send_now(delivery: Delivery) -> str:
    """Of a claimed one. The reason of a failure; empty: sent."""
    refusal = send(delivery)
    book(delivery, refusal)
    return refusal


def replay(delivery: Delivery) -> bool:
    """False: it is waiting already."""
    rows = Delivery.objects.filter(pk=delivery.pk).exclude(status=Status.WAITING)
    return bool(
        rows.update(status=Status.WAITING, attempts=0, try_after=timezone.now())
    )


def run() -> int:
    """One round. Returns the number of attempts."""
    plan()
    notices.plan()
    claimed = claim()
    for delivery in claimed:
        book(delivery, send(delivery))
    return len(claimed)


def plan() -> None:
    """Alerts older than a channel are not sent to it."""
    for channel in Channel.objects.in_use().of_alerts():
        if not can_send(channel):
            continue
        new = (
            Alert.objects.open()
            .filter(team=channel.team_id)
            .filter(raised_at__gte=channel.created_at)
            .exclude(deliveries__channel=channel)
            .order_by("raised_at")[:MAX_PLANNED_PER_CHANNEL]
        )
        rows = [Delivery(channel=channel, alert=alert) for alert in new]
        Delivery.objects.bulk_create(rows, ignore_conflicts=True)


def claim() -> list[Delivery]:
    now = timezone.now()
    due = Delivery.objects.filter(
        status=Status.WAITING, try_after__lte=now, channel__removed_at=None
    ).select_related("channel", "alert", "notice")
    claimed = []
    for delivery in due.order_by("try_after")[:MAX_CLAIMED]:
        if _claim_one(delivery, now):
            claimed.append(delivery)
    return claimed


def _claim_one(delivery: Delivery, now: datetime.datetime) -> bool:
    rows = Delivery.objects.filter(
        pk=delivery.pk, status=Status.WAITING, try_after=delivery.try_after
    )
    later = now + CLAIM_EXPIRES_AFTER
    if not rows.update(try_after=later, attempts=F("attempts") + 1):
        return False
    delivery.attempts += 1
    return True


def send(delivery: Delivery) -> str:
    """The reason of a failure; empty: sent."""
    channel = delivery.channel
    try:
        address = unseal(channel.sealed_address)
        secret = unseal(channel.sealed_secret) if channel.sealed_secret else ""
        with translation.override(channel.language):
            message = _message(delivery)
        if channel.kind == Kind.EMAIL:
            return mailing.send(address, message)
        messenger = MESSENGERS[channel.kind]
        messenger.check(address)
        post = messenger.write(message, address, secret, time.time())
        status, answer = outbound.post(post.url, post.body, post.headers)
        return messenger.refusal(status, answer)
    except Unreadable:
        return "SECRET_KEY was changed: add the channel again"
    except NotReached as error:
        return str(error)
    except Exception as error:
        logger.error("Delivery %s broke: %s", delivery.pk, type(error).__name__)
        return type(error).__name__


def _message(delivery: Delivery) -> Message:
    alert, notice = delivery.alert, delivery.notice
    if notice:
        return Message(
            text=notices.sentence(notice),
            kind=notice.kind,
            facts={"number": notice.number},
            url=f"{settings.PUBLIC_URL}{notice.url}" if settings.PUBLIC_URL else "",
            raised_at=notice.created_at.isoformat(),
        )
    link = f"{settings.PUBLIC_URL}{alert.url if alert else '/alerts/'}"
    return Message(
        text=alerts.sentence(alert) if alert else _("This is a test of wjportal."),
        kind=alert.kind if alert else "test",
        facts=alert.facts if alert else {},
        url=link if settings.PUBLIC_URL else "",
        raised_at=(alert.raised_at if alert else delivery.created_at).isoformat(),
    )


def book(delivery: Delivery, refusal: str) -> None:
    fields: dict[str, object] = {"status": Status.SENT}
    if refusal:
        is_test = delivery.alert is None and delivery.notice is None
        is_over = delivery.attempts >= MAX_ATTEMPTS or is_test
        backoff = min(FIRST_BACKOFF * 2 ** (delivery.attempts - 1), LONGEST_BACKOFF)
        fields = {
            "status": Status.FAILED if is_over else Status.WAITING,
            "try_after": timezone.now() + backoff,
        }
    with transaction.atomic():
        delivery.tries.create(is_sent=not refusal, answer=one_line(refusal)[:200])
        Delivery.objects.filter(pk=delivery.pk, status=Status.WAITING).update(**fields)
