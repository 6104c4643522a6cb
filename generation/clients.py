"""One long-lived provider client per process and gateway account."""

from django.conf import settings

from generation.perprocess import once_a_process
from generation.providers.base import Historian, Provider
from generation.providers.jumdata import Jumdata
from generation.providers.wujie import Wujie

PROVIDERS: dict[str, type[Jumdata] | type[Wujie]] = {"wujie": Wujie, "jumdata": Jumdata}


@once_a_process
def client(provider: str) -> Provider:
    return PROVIDERS[provider](**settings.GATEWAYS[provider])


def has_history(provider: str) -> bool:
    """Whether its gateway can be asked what became of a lost answer."""
    made = PROVIDERS.get(provider)
    return made is not None and issubclass(made, Historian)


def historian(provider: str) -> Historian:
    found = client(provider)
    assert isinstance(found, Historian)
    return found
