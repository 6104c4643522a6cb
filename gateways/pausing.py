"""Pauses, drains and resumes accounts, and keeps who did it.

    active ──→ paused     by a person, or because the gateway said that no more goes
       ↑          └─────→ active   by a person, by a generation that was taken, or by a
       ↓                           balance that rose
    draining              nothing new, until nothing is left there

Polls and downloads go on in every state.
"""

import logging
from typing import Any

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from gateways.clients import code_of
from gateways.models import AccountChange, GatewayAccount
from gateways.providers.base import ProviderError
from gateways.providers.error_codes import Pause
from notifications import alerts

logger = logging.getLogger(__name__)
Sending = GatewayAccount.Sending

#: What admins may set beside the state.
FIELDS = ("weight", "most_open", "most_a_second")


def is_about_account(account: GatewayAccount, error: ProviderError) -> bool:
    """Whether the error's code pauses the account; nothing was made."""
    return isinstance(code_of(account.provider, error.code).retry, Pause)


def pause_because(account: GatewayAccount, error: ProviderError) -> None:
    """The gateway said that no more goes. Told once, however often it says so."""
    now = timezone.now()
    retry = code_of(account.provider, error.code).retry
    probe_after = retry.probe_after if isinstance(retry, Pause) else None
    fields = {
        "paused_code": error.code,
        "resume_after": now + probe_after if probe_after else None,
    }
    paused = {"paused_at": now, "paused_by": None, "paused_balance": F("balance")}
    if _move(account, Sending.ACTIVE, Sending.PAUSED, by=None, **fields | paused):
        _tell(account, f"{error.message} ({error.code})")
    else:  # a probe found out that it is not over; a person's pause stays as it is
        again = GatewayAccount.objects.filter(pk=account.pk, sending=Sending.PAUSED)
        again.filter(paused_code=error.code).update(**fields)


def send_there(account: GatewayAccount, to: str, *, by: User | None) -> bool:
    """Pause, drain or resume. False: it had been changed in the meantime.

    ``by`` None: the portal found out that a pause is over.
    """
    fields: dict[str, Any] = {
        "paused_code": "",
        "paused_at": timezone.now() if to == Sending.PAUSED else None,
        "paused_by": by if to == Sending.PAUSED else None,
        "resume_after": None,
        "paused_balance": None,
    }
    if not _move(account, account.sending, to, by=by, **fields):
        return False
    if to != Sending.PAUSED:
        alerts.clear("account_paused", key=_key(account))
    actor = by or "the portal itself"
    logger.warning("%s is %s now, by %s", account.full_name, to, actor)
    return True


def look_at_balance(account: GatewayAccount, balance: int | None) -> None:
    """An account without integrals goes on once it has more of them than before."""
    waits = account.sending == Sending.PAUSED and not account.resume_after
    if balance is None or not waits or not account.paused_code:
        return
    lowest = account.paused_balance
    if lowest is not None and balance > lowest:
        send_there(account, Sending.ACTIVE, by=None)
    elif lowest is None or balance < lowest:
        account.paused_balance = balance
        account.save(update_fields=["paused_balance"])


def change(account: GatewayAccount, values: dict[str, int | None], *, by: User) -> bool:
    """Set weight and limits; what stays the same leaves no line. False: all did."""
    lines = []
    for field in FIELDS:
        before, after = getattr(account, field), values.get(field)
        if field in values and before != after:
            setattr(account, field, after)
            lines.append(_line(account, field, before, after, by))
    with transaction.atomic():
        account.save(update_fields=FIELDS)
        AccountChange.objects.bulk_create(lines)
    return bool(lines)


def _move(
    account: GatewayAccount, before: str, to: str, *, by: User | None, **fields: Any
) -> bool:
    row = GatewayAccount.objects.filter(pk=account.pk, sending=before)
    with transaction.atomic():
        if before == to or not row.update(sending=to, **fields):
            return False
        line = _line(account, "sending", before, to, by)
        line.save()
    account.refresh_from_db()
    return True


def _line(
    account: GatewayAccount, field: str, before: Any, after: Any, by: User | None
) -> AccountChange:
    values = ["" if value is None else str(value) for value in (before, after)]
    return AccountChange(
        account=account, field=field, before=values[0], after=values[1], changed_by=by
    )


def _tell(account: GatewayAccount, reason: str) -> None:
    logger.warning("%s is paused: %s", account.full_name, reason)
    alerts.tell(
        "account_paused",
        key=_key(account),
        facts={"account": account.full_name, "reason": reason.strip()},
        url=reverse("generation:gateways"),
    )


def _key(account: GatewayAccount) -> str:
    return f"account:{account.pk}"
