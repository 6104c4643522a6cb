"""How long a gateway keeps its results."""

import datetime

from django.conf import settings

from gateways import clients


def result_retention(provider: str) -> datetime.timedelta | None:
    """By the environment, else the provider; None: neither tells."""
    days = settings.RESULT_DAYS.get(provider)
    if days is None and provider in settings.GATEWAY_PROVIDERS:
        days = clients.provider_class(provider).result_days
    return datetime.timedelta(days=days) if days else None


def expires_at(
    provider: str, announced_at: datetime.datetime
) -> datetime.datetime | None:
    retention = result_retention(provider)
    return announced_at + retention if retention else None


def undocumented() -> list[str]:
    """Of the providers in use."""
    used = [name for name in settings.GATEWAY_PROVIDERS if name in settings.GATEWAYS]
    return [provider for provider in used if result_retention(provider) is None]


def setting(provider: str) -> str:
    """An environment variable, in days."""
    return f"{provider.upper()}_RESULT_DAYS"
