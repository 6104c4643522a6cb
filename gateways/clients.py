"""Providers by name; one long-lived client per process and account.

``settings.GATEWAY_PROVIDERS``: each provider's class. ``settings.GATEWAYS``: options by
account name, the provider's or that with a number (``name-2``).
"""

from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from gateways.models import GatewayAccount
from gateways.providers.error_codes import Code, Codes
from gateways.providers.protocols import Bookkeeper, Historian, Provider
from gateways.providers.task_fields import Vocabulary
from net.process_local import process_local

# --- Providers


def provider_class(provider: str) -> type[Provider]:
    """Raises LookupError for a name not in the settings."""
    return cast(type[Provider], import_string(settings.GATEWAY_PROVIDERS[provider]))


def codes(provider: str) -> Codes:
    """Empty for an unknown provider."""
    is_known = provider in settings.GATEWAY_PROVIDERS
    return provider_class(provider).codes if is_known else {}


def code_of(provider: str, code: str) -> Code:
    """Outside the table: about its request alone, never retried."""
    return codes(provider).get(code, Code())


def vocabulary(provider: str) -> Vocabulary:
    """An unknown provider goes by its name."""
    if provider not in settings.GATEWAY_PROVIDERS:
        return Vocabulary(gateway=provider)
    return provider_class(provider).vocabulary


def has_history(provider: str) -> bool:
    """Whether the gateway tells what became of a lost answer."""
    is_known = provider in settings.GATEWAY_PROVIDERS
    return is_known and issubclass(provider_class(provider), Historian)


# --- Accounts and their clients


@process_local
def client(name: str) -> Provider:
    make = import_string(settings.GATEWAY_PROVIDERS[provider_of(name)])
    return cast(Provider, make(**settings.GATEWAYS[name]))


def client_of(account: GatewayAccount) -> Provider:
    """Raises LookupError without credentials in the settings."""
    return client(name_of(account))


def provider_of(name: str) -> str:
    return name.partition("-")[0]


def name_of(account: GatewayAccount) -> str:
    """Raises LookupError without credentials in the settings."""
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


def historian(name: str) -> Historian:
    found = client(name)
    assert isinstance(found, Historian)
    return found


def bookkeeper(account: GatewayAccount) -> Bookkeeper | None:
    """None: the gateway lists nothing to compare with."""
    found = client_of(account)
    return found if isinstance(found, Bookkeeper) else None
