"""Tells a person what became of their work: one notice for many events of a kind.

    joinable ─→ read      by the person
    joinable ─→ closed    for sending: quiet for a minute, or ten minutes old

Call `tell` in the transaction of the change. A sentence has a number and no words about
a picture. `notifications.deliveries` carries closed ones to the person's own channels.
"""

import datetime
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import ngettext_lazy

from accounts.models import User
from notifications.models import Channel, Delivery, Notice, NoticeChoices, Way

Kind = Notice.Kind

#: No further event for this long, or this old: it is sent.
QUIET = datetime.timedelta(minutes=1)
OLDEST = datetime.timedelta(minutes=10)
#: Of one round.
MOST_CLOSED = 100
#: Read ones are kept for this long, unread ones too.
KEPT_FOR = datetime.timedelta(days=90)

SENTENCES: dict[str, Any] = {
    Kind.DONE: ngettext_lazy(
        "%(number)s picture is ready.", "%(number)s pictures are ready.", "number"
    ),
    Kind.HELD: ngettext_lazy(
        "%(number)s picture waits for a moderator.",
        "%(number)s pictures wait for a moderator.",
        "number",
    ),
    Kind.RELEASED: ngettext_lazy(
        "%(number)s picture was approved after review.",
        "%(number)s pictures were approved after review.",
        "number",
    ),
    Kind.REJECTED: ngettext_lazy(
        "%(number)s picture was rejected.",
        "%(number)s pictures were rejected.",
        "number",
    ),
    Kind.APPEAL: ngettext_lazy(
        "%(number)s appeal was answered.", "%(number)s appeals were answered.", "number"
    ),
    Kind.BUDGET: ngettext_lazy(
        "%(number)s request about a limit was answered.",
        "%(number)s requests about limits were answered.",
        "number",
    ),
    Kind.ZIP: ngettext_lazy(
        "%(number)s download is ready.", "%(number)s downloads are ready.", "number"
    ),
}


def sentence(notice: Notice) -> str:
    """One line in the active language."""
    return str(SENTENCES[notice.kind] % {"number": notice.number})


def tell(
    kind: str,
    user: int,
    team: int,
    *,
    url: str,
    number: int = 1,
    by: User | None = None,
) -> None:
    """``user``, ``team``: keys. ``url``: where all such events are seen. ``by``: who
    acted; nobody is told of their own act."""
    if by is not None and by.pk == user:
        return
    if _add(kind, user, team, url, number):
        recount(user)


def tell_each(kind: str, whose: Iterable[tuple[int, int]], *, url: str) -> None:
    """``whose``: keys of person and team, once for each event. In the order of the
    keys: two transactions wait for each other in one direction."""
    counted: dict[tuple[int, int], int] = {}
    for one in whose:
        counted[one] = counted.get(one, 0) + 1
    for (user, team), number in sorted(counted.items()):
        tell(kind, user, team, url=url, number=number)


def _add(kind: str, user: int, team: int, url: str, number: int) -> bool:
    """Whether that is a notice of its own. Another transaction may insert it first."""
    now = timezone.now()
    rows = Notice.objects.joinable().filter(user=user, team=team, kind=kind)
    more = {"number": F("number") + number, "created_at": now}
    if rows.update(**more):
        return False
    fresh = Notice(user_id=user, team_id=team, kind=kind, url=url, begun_at=now)
    fresh.number = 0
    Notice.objects.bulk_create([fresh], ignore_conflicts=True)
    rows.update(**more)
    return True


def recount(user: int) -> None:
    """Of ``User.unread_notices``."""
    person = User(pk=user)
    unread = Notice.objects.visible_to(person).unread().order_by().values("user")
    counted = unread.annotate(number=Count("pk")).values("number")
    User.objects.filter(pk=user).update(unread_notices=Coalesce(Subquery(counted), 0))


def read(user: User, keys: Iterable[int] | None = None) -> int:
    """Mark as read; all, or these. Returns how many."""
    rows = Notice.objects.filter(user=user).unread()
    if keys is not None:
        rows = rows.filter(pk__in=keys)
    with transaction.atomic():
        moved = rows.update(read_at=timezone.now())
        recount(user.pk)
    return moved


def choose(user: User, off: Iterable[str]) -> None:
    """``off``: codes as in `NoticeChoices`."""
    with transaction.atomic():
        NoticeChoices.objects.update_or_create(user=user, defaults={"off": sorted(off)})
        recount(user.pk)


def plan() -> None:
    """Close what is due, with a delivery for each channel that the person wants."""
    now = timezone.now()
    due = Notice.objects.joinable().filter(
        Q(created_at__lte=now - QUIET) | Q(begun_at__lte=now - OLDEST)
    )
    channels = Channel.objects.in_use().exclude(person=None)
    due = due.filter(user__in=channels.values("person"))
    for notice in due.select_related("user").order_by("begun_at")[:MOST_CLOSED]:
        _send(notice, now)


@transaction.atomic
def _send(notice: Notice, now: datetime.datetime) -> None:
    """Compare-and-set: what was read meanwhile is not sent."""
    if not Notice.objects.joinable().filter(pk=notice.pk).update(closed_at=now):
        return
    if not notice.user.memberships.filter(team=notice.team_id).exists():
        return
    rows = [
        Delivery(channel=channel, notice=notice)
        for channel in Channel.objects.in_use().filter(person=notice.user)
        if notice.kind not in NoticeChoices.kinds_without(notice.user, way_of(channel))
    ]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)


def way_of(channel: Channel) -> str:
    return Way.EMAIL if channel.kind == Channel.Kind.EMAIL else Way.MESSENGER


def tidy() -> None:
    Notice.objects.filter(created_at__lte=timezone.now() - KEPT_FOR).delete()
