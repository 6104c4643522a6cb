"""One long-lived provider client per process and gateway account."""

from collections.abc import Callable

from django.conf import settings

from generation.perprocess import once_a_process
from generation.providers.base import Provider
from generation.providers.jumdata import Jumdata
from generation.providers.wujie import Wujie

PROVIDERS: dict[str, Callable[..., Provider]] = {"wujie": Wujie, "jumdata": Jumdata}


@once_a_process
def client(provider: str) -> Provider:
    return PROVIDERS[provider](**settings.GATEWAYS[provider])
