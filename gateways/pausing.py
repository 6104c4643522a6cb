"""Pauses, drains, resumes and limits accounts; records the changes.

    active ──→ paused      an admin, or a gateway's code about the account
    paused ──→ active      an admin, a probe that was taken, or a balance that rose
    active | paused ⇄ draining   an admin: no new work, open work is finished

Polls and downloads go on in every state.
"""

import datetime
import logging
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from gateways.clients import code_of, codes
from gateways.models import AccountChange, AccountHealth, GatewayAccount
from gateways.providers.error_codes import Pause
from gateways.providers.errors import ProviderError
from log import changes
from notifications import alerts

logger = logging.getLogger(__name__)
Sending = AccountHealth.Sending

#: The fields that admins set.
LIMIT_FIELDS = ("weight", "most_open", "most_a_second")


def is_about_account(account: GatewayAccount, error: ProviderError) -> bool:
    """Whether the code pauses the account; nothing was made."""
    return isinstance(code_of(account.provider, error.code).retry, Pause)


def longest_probe_delay() -> datetime.timedelta:
    """Of ``Pause.probe_after`` in all tables."""
    delays = (
        code.retry.probe_after or datetime.timedelta()
        for provider in settings.GATEWAY_PROVIDERS
        for code in codes(provider).values()
        if isinstance(code.retry, Pause)
    )
    return max(delays, default=datetime.timedelta())


def pause_for_code(account: GatewayAccount, error: ProviderError) -> None:
    """The gateway takes no more work; alerts once for each pause.

    A probe that meets the same code puts the next one off. An admin's pause stays.
    """
    now = timezone.now()
    retry = code_of(account.provider, error.code).retry
    probe_after = retry.probe_after if isinstance(retry, Pause) else None
    fields = {
        "paused_code": error.code,
        "resume_after": now + probe_after if probe_after else None,
    }
    balance = GatewayAccount.objects.filter(health=OuterRef("pk")).values("balance")
    begun = {"paused_at": now, "paused_by": None, "paused_balance": Subquery(balance)}
    if _switch(account, Sending.ACTIVE, Sending.PAUSED, by=None, **fields | begun):
        _alert(account, f"{error.message} ({error.code})")
    else:
        paused = AccountHealth.objects.filter(
            pk=account.health_id, sending=Sending.PAUSED, paused_code=error.code
        )
        paused.update(**fields)


def pause(account: GatewayAccount, *, by: User) -> bool:
    """False: ``account`` is stale."""
    return _set_by(account, Sending.PAUSED, by, paused_at=timezone.now(), paused_by=by)


def drain(account: GatewayAccount, *, by: User) -> bool:
    """False: ``account`` is stale."""
    return _set_by(account, Sending.DRAINING, by)


def resume(account: GatewayAccount, *, by: User | None) -> bool:
    """``by`` None: the portal found the pause over. False: ``account`` is stale."""
    return _set_by(account, Sending.ACTIVE, by)


def resume_when_balance_rose(account: GatewayAccount, balance: int | None) -> None:
    """End a pause for lack of integrals once the balance exceeds its lowest."""
    health = account.health
    waits = health.is_paused and health.paused_code and not health.resume_after
    if balance is None or not waits:
        return
    lowest = health.paused_balance
    if lowest is not None and balance > lowest:
        resume(account, by=None)
    elif lowest is None or balance < lowest:
        health.paused_balance = balance
        health.save(update_fields=["paused_balance"])


def set_limits(
    account: GatewayAccount, values: dict[str, int | None], *, by: User
) -> bool:
    """Record each field that changed. False: none did."""
    found = []
    for field in LIMIT_FIELDS:
        before, after = getattr(account, field), values.get(field)
        if field in values and before != after:
            setattr(account, field, after)
            found.append(_change(account, field, before, after, by))
    with transaction.atomic():
        account.save(update_fields=LIMIT_FIELDS)
        AccountChange.objects.bulk_create(found)
        for change in found:
            _record(change)
    return bool(found)


def _set_by(
    account: GatewayAccount, to: Sending, by: User | None, **fields: Any
) -> bool:
    empty = dict.fromkeys(("paused_at", "paused_by", "resume_after", "paused_balance"))
    fields = {"paused_code": "", **empty, **fields}
    if not _switch(account, account.health.sending, to, by=by, **fields):
        return False
    if to != Sending.PAUSED:
        alerts.clear("account_paused", key=_key(account))
    actor = by or "the portal itself"
    logger.warning("%s is %s now, by %s", account.full_name, to, actor)
    return True


def _switch(
    account: GatewayAccount, before: str, to: str, *, by: User | None, **fields: Any
) -> bool:
    """Compare-and-set of the sending state, with its record."""
    row = AccountHealth.objects.filter(pk=account.health_id, sending=before)
    with transaction.atomic():
        if before == to or not row.update(sending=to, **fields):
            return False
        change = _change(account, "sending", before, to, by)
        change.save()
        _record(change)
    account.health.refresh_from_db()
    return True


def _change(
    account: GatewayAccount, field: str, before: Any, after: Any, by: User | None
) -> AccountChange:
    values = ["" if value is None else str(value) for value in (before, after)]
    return AccountChange(
        account=account, field=field, before=values[0], after=values[1], changed_by=by
    )


def _record(change: AccountChange) -> None:
    changes.record(
        changes.Kind.GATEWAY,
        change.account.full_name,
        by=change.changed_by,
        before=change.before,
        after=change.after,
        note=change.field,
    )


def _alert(account: GatewayAccount, reason: str) -> None:
    logger.warning("%s is paused: %s", account.full_name, reason)
    alerts.tell(
        "account_paused",
        key=_key(account),
        facts={"account": account.full_name, "reason": reason.strip()},
        url=reverse("generation:gateways"),
    )


def _key(account: GatewayAccount) -> str:
    return f"account:{account.pk}"
