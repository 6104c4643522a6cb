"""One long-lived provider client per process and gateway account.

An account's name is that of its options in the settings: ``wujie``, ``wujie-2``. Not to
be mixed up with the provider, which all accounts of a gateway share.
"""

from django.conf import settings

from gateways.models import GatewayAccount
from gateways.providers.jumdata.client import Jumdata
from gateways.providers.protocols import Bookkeeper, Historian, Provider
from gateways.providers.wujie.client import Wujie
from net.process_local import process_local

PROVIDERS: dict[str, type[Jumdata] | type[Wujie]] = {"wujie": Wujie, "jumdata": Jumdata}


@process_local
def client(name: str) -> Provider:
    """Of the account of that name."""
    return PROVIDERS[provider_of(name)](**settings.GATEWAYS[name])


def client_of(account: GatewayAccount) -> Provider:
    """Raises LookupError where we have no credentials for it (any more)."""
    return client(name_of(account))


def provider_of(name: str) -> str:
    return name.partition("-")[0]


def name_of(account: GatewayAccount) -> str:
    """Raises LookupError where we have no credentials for it (any more)."""
    for name, options in settings.GATEWAYS.items():
        key = (provider_of(name), options["app_id"])
        if key == (account.provider, account.app_id):
            return name
    raise LookupError(f"There are no credentials for {account.full_name}")


def is_configured(account: GatewayAccount) -> bool:
    try:
        name_of(account)
    except LookupError:
        return False
    return True


def has_history(provider: str) -> bool:
    """Whether its gateway can be asked what became of a lost answer."""
    made = PROVIDERS.get(provider)
    return made is not None and issubclass(made, Historian)


def historian(name: str) -> Historian:
    found = client(name)
    assert isinstance(found, Historian)
    return found


def bookkeeper(account: GatewayAccount) -> Bookkeeper | None:
    """None: its gateway lists nothing, so there is nothing to compare with."""
    found = client_of(account)
    return found if isinstance(found, Bookkeeper) else None
