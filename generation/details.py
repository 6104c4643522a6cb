"""The gateway's fullest answer about a task, requested once."""

from gateways.clients import client_of, is_configured
from gateways.providers.errors import Refused
from generation.models import Detail, ProviderTask


def stored(task: ProviderTask) -> Detail | None:
    found: Detail | None = getattr(task, "detail", None)
    return found


def fetch(task: ProviderTask) -> Detail | None:
    """Stored, or requested while a page waits. None: unconfigured account, or no
    answer.

    Raises ProviderError. Call outside of a transaction.
    """
    if (found := stored(task)) or not is_configured(task.account):
        return found
    try:
        answer = client_of(task.account).describe(task.key)
    except Refused:
        return None  # key deleted there, or no such call
    return Detail.objects.get_or_create(task=task, defaults={"said": dict(answer)})[0]
