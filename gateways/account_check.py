"""Asks a gateway once, signed, whether it takes an account's credentials."""

from django.utils import timezone

from gateways import catalogue, circuit_breaker, outage_alerts
from gateways.clients import client
from gateways.gateway_messages import explain
from gateways.models import AccountHealth, GatewayAccount
from gateways.providers.errors import ProviderError, Refused

#: No gateway has such a task.
NO_KEY = "0"


def check(name: str) -> str:
    """Why the account cannot be used, in the reader's language; empty: it can."""
    account, why = catalogue.account(name), ""
    rows = AccountHealth.objects.filter(pk=account.health_id)
    try:
        account.balance = _ask(name)
    except ProviderError as error:
        circuit_breaker.note_trouble(account, error)
        rows.update(tested_at=None)
        code = circuit_breaker.code_in_health(error)
        why = explain(account.provider, code, error.message)
    else:
        account.save(update_fields=["balance"])
        circuit_breaker.answered_balance(account)
        rows.update(tested_at=timezone.now())
    outage_alerts.update(account)
    return why


def _ask(name: str) -> int | None:
    """The balance. Where the gateway tells none: a question about no task."""
    provider = client(name)
    balance = provider.balance()
    if balance is None:
        try:
            provider.detail(NO_KEY)
        except Refused as error:
            if not error.code.isdigit():
                raise
    return balance


def is_tested(account: GatewayAccount) -> bool:
    """The credentials were taken, by a test or by a told balance."""
    health = account.health
    return not health.trouble and bool(
        health.tested_at or (health.answered_at and account.balance is not None)
    )
