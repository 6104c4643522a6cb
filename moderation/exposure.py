"""Exposure limits: grave pictures per hour and moderator, and breaks.

Each grave reveal counts; at the desk's budget comes a BREAK without new reviews.
"""

import datetime

from django.utils import timezone

from generation.models import Artwork
from moderation.models import Desk, Reveal

HOUR = datetime.timedelta(hours=1)
BREAK = datetime.timedelta(minutes=10)


class OnBreak(Exception):
    def __init__(self, until: datetime.datetime) -> None:
        super().__init__(f"on a break until {until}")
        self.until = until


def is_grave(artwork: Artwork) -> bool:
    return artwork.verdict == Artwork.VerdictChoice.BLOCK or artwork.is_offending


def check(desk: Desk) -> None:
    """Raises OnBreak. Call before leasing a review."""
    if desk.break_until and desk.is_resting:
        raise OnBreak(desk.break_until)


def begin_break_if_due(desk: Desk) -> None:
    """Call after a reveal, with the desk's row locked."""
    if grave_reveals(desk) >= desk.budget:
        desk.break_until = timezone.now() + BREAK
        desk.save(update_fields=["break_until"])


def grave_reveals(desk: Desk) -> int:
    """In the latest hour, or since the latest break."""
    hour = timezone.now() - HOUR
    since = max(hour, desk.break_until or hour)
    rows = Reveal.objects.filter(revealed_by=desk.user_id, revealed_at__gt=since)
    return rows.filter(is_grave=True).count()
