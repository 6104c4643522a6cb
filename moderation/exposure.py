"""Care for who looks at grave pictures all day: a budget of them, and breaks.

A reveal of a picture that the audit blocks or flags counts; more than the person's
budget in an hour is followed by ten minutes in which nothing new is given to them.
"""

import datetime

from django.utils import timezone

from generation.models import Artwork
from moderation.models import Desk, Reveal

HOUR = datetime.timedelta(hours=1)
BREAK = datetime.timedelta(minutes=10)


class OnBreak(Exception):
    """Nothing new before ``until``."""

    def __init__(self, until: datetime.datetime) -> None:
        super().__init__(f"on a break until {until}")
        self.until = until


def is_grave(artwork: Artwork) -> bool:
    """What weighs on whoever has to look at it, whatever brings it before them."""
    return artwork.verdict == Artwork.VerdictChoice.BLOCK or artwork.is_offending


def check(desk: Desk) -> None:
    """Raises OnBreak. The dispatcher asks before it gives anything."""
    if desk.break_until and desk.is_resting:
        raise OnBreak(desk.break_until)


def count(desk: Desk) -> None:
    """After a reveal of something grave: is it time for a break? Its row is locked."""
    if grave_lately(desk) >= desk.budget:
        desk.break_until = timezone.now() + BREAK
        desk.save(update_fields=["break_until"])


def grave_lately(desk: Desk) -> int:
    """In this hour; after a break it begins anew."""
    hour = timezone.now() - HOUR
    since = max(hour, desk.break_until or hour)
    rows = Reveal.objects.filter(revealed_by=desk.user_id, revealed_at__gt=since)
    return rows.filter(is_grave=True).count()
