"""How long a gateway keeps what it drew, where that is known."""

import datetime

from django.conf import settings

from generation.models import Artwork


def result_life(provider: str) -> datetime.timedelta | None:
    """None: nowhere documented, and not set either."""
    days = settings.RESULT_DAYS.get(provider)
    return datetime.timedelta(days=days) if days else None


def dies_at(artwork: Artwork, provider: str) -> datetime.datetime | None:
    """When the picture is expected to be gone, counted from when we heard of it."""
    life = result_life(provider)
    return artwork.created_at + life if life else None
