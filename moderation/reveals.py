"""Reveals: each look is a row, a log entry, and counts towards the exposure limit."""

import datetime

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.models import User
from generation.models import Artwork
from log import chain
from moderation import exposure, opening, rules
from moderation.models import Desk, Reveal

#: Days of one's own statistics, today included.
DAYS = 7


def reveal(artwork: Artwork, *, by: User, reference: str = "") -> None:
    """Of the artwork, or of the reference picture with that sha-256."""
    review = opening.current(artwork, by)
    cause = review.cause if review else ""
    with transaction.atomic():
        desk = Desk.locked(by)
        row = Reveal.objects.create(
            artwork=artwork,
            revealed_by=by,
            cause=cause,
            label=rules.strongest(artwork).label[:40],
            is_grave=exposure.is_grave(artwork),
            reference=reference,
        )
        exposure.begin_break_if_due(desk)
        facts = {"cause": cause} | ({"reference": reference} if reference else {})
        kind = chain.Kind.REVEAL
        event = chain.Event(artwork.team_id, kind, by.pk, artwork.pk, facts, row)
        chain.append(event)


def reveals(artwork: Artwork, by: User, reference: str = "") -> "QuerySet[Reveal]":
    return artwork.reveals.filter(revealed_by=by, reference=reference)


def has_revealed(artwork: Artwork, by: User, reference: str = "") -> bool:
    return reveals(artwork, by, reference).exists()


def is_unseen(artwork: Artwork, by: User) -> bool:
    """A severe picture that this person has not revealed. A query for those alone."""
    return rules.is_severe(artwork) and not has_revealed(artwork, by)


def by_day_and_label(user: User) -> list[tuple[datetime.date, str, int, int]]:
    """Day, label, reveals, grave reveals; the latest day first."""
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - datetime.timedelta(days=DAYS - 1)
    rows = Reveal.objects.filter(revealed_by=user, revealed_at__gte=since)
    counted = rows.annotate(day=TruncDate("revealed_at")).values_list("day", "label")
    number, grave = Count("pk"), Count("pk", filter=Q(is_grave=True))
    return list(
        counted.annotate(number=number, grave=grave).order_by("-day", "-number")
    )
