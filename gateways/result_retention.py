"""How long a gateway keeps its results, where that is known."""

import datetime

from django.conf import settings


def result_retention(provider: str) -> datetime.timedelta | None:
    """None: nowhere documented, and not set either."""
    days = settings.RESULT_DAYS.get(provider)
    return datetime.timedelta(days=days) if days else None


def expires_at(provider: str, heard_at: datetime.datetime) -> datetime.datetime | None:
    """When the gateway is expected to delete a result that it announced then."""
    retention = result_retention(provider)
    return heard_at + retention if retention else None
