"""One long-lived provider client per process and gateway account."""

import os
from functools import cache
from typing import Any

from django.conf import settings

from generation.providers.base import Provider
from generation.providers.jumdata import Jumdata
from generation.providers.wujie import Wujie

PROVIDERS: dict[str, Any] = {"wujie": Wujie, "jumdata": Jumdata}


def client(provider: str) -> Provider:
    """The client of this process: a fork must not share its parent's connections."""
    return _client(provider, os.getpid())


@cache
def _client(provider: str, _pid: int) -> Provider:
    made: Provider = PROVIDERS[provider](**settings.GATEWAYS[provider])
    return made
