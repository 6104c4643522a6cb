"""Drains an account: its queue goes to the gateway's other accounts, and it is drained
when nothing needs its credentials any more."""

from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from gateways import pausing
from gateways.clients import is_configured
from gateways.models import GatewayAccount
from generation.models import Artwork, Generation, ProviderTask, SubmitRecovery

Status = Generation.Status


def send_there(account: GatewayAccount, to: str, *, by: User) -> bool:
    """`pausing.send_there`; a drain hands the queue over as well."""
    if not pausing.send_there(account, to, by=by):
        return False
    if to == GatewayAccount.Sending.DRAINING:
        hand_over(account)
    return True


def hand_over(account: GatewayAccount) -> None:
    """Point queued generations at another account: without credentials this one would
    keep them for ever. Pinned generations stay."""
    others = GatewayAccount.objects.filter(provider=account.provider)
    known = [row for row in others.exclude(pk=account.pk) if is_configured(row)]
    if known:
        waiting = Generation.objects.filter(account=account, status=Status.QUEUED)
        waiting.filter(is_pinned=False).update(account=known[0])


def is_drained(account: GatewayAccount) -> bool:
    """Whether nothing at all needs its credentials any more."""
    queued = Generation.objects.queued().filter(provider=account.provider)
    sending = Generation.objects.filter(
        status=Status.SUBMITTING, submitting_at__isnull=False
    )
    polled = ProviderTask.objects.filter(poll_after__isnull=False)
    recovering = SubmitRecovery.objects.filter(look_after__isnull=False)
    # The address may expire, and only this account can ask for another.
    unstored = Artwork.objects.filter(fetch_after__isnull=False)
    # Rows that move, then their accounts: the index by account would lead through all
    # that the account ever made.
    needs: tuple[tuple[QuerySet[Any], str], ...] = (
        (queued, "account"),
        (sending, "account"),
        (polled, "account"),
        (recovering, "generation__account"),
        (unstored, "task__account"),
    )
    return not any(
        account.pk in rows.order_by().values_list(of, flat=True) for rows, of in needs
    )
