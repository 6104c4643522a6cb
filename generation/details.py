"""The gateway's fullest answer about a task, asked once and kept."""

from gateways.clients import client_of, is_configured
from gateways.providers.base import Refused
from generation.models import Detail, ProviderTask


def kept(task: ProviderTask) -> Detail | None:
    found: Detail | None = getattr(task, "detail", None)
    return found


def told(task: ProviderTask) -> Detail | None:
    """Asks where nothing is kept; None where its account is not ours any more.

    Somebody's page waits for this. Raises ProviderError; call outside of a
    transaction.
    """
    if (found := kept(task)) or not is_configured(task.account):
        return found
    try:
        said = client_of(task.account).describe(task.key)
    except Refused:
        return None  # it does not know the key any more, or has no such call for it
    return Detail.objects.get_or_create(task=task, defaults={"said": dict(said)})[0]
