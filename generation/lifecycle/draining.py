"""Drains an account: hands its queue over, tells when no work is left."""

from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from gateways import pausing
from gateways.clients import is_configured
from gateways.models import GatewayAccount
from generation.models import Artwork, Generation, ProviderTask, SubmitRecovery

Status = Generation.Status


def drain(account: GatewayAccount, *, by: User) -> bool:
    """`pausing.drain`, then `hand_over`."""
    if not pausing.drain(account, by=by):
        return False
    hand_over(account)
    return True


def hand_over(account: GatewayAccount) -> None:
    """Name another account, with credentials, in each queued generation.

    Any account of the provider may claim it. Pinned generations stay.
    """
    others = GatewayAccount.objects.filter(provider=account.provider)
    known = [row for row in others.exclude(pk=account.pk) if is_configured(row)]
    if known:
        for status in Generation.UNSENT:  # each has an index
            waiting = Generation.objects.filter(account=account, status=status)
            waiting.filter(is_pinned=False).update(account=known[0])


def is_drained(account: GatewayAccount) -> bool:
    """Whether no row needs the account's credentials."""
    queued = Generation.objects.queued().filter(provider=account.provider)
    paused = Generation.objects.filter(status=Status.PAUSED)
    sending = Generation.objects.filter(
        status=Status.SUBMITTING, submitting_at__isnull=False
    )
    polled = ProviderTask.objects.filter(poll_after__isnull=False)
    searched = SubmitRecovery.objects.filter(look_after__isnull=False)
    # Only this account can ask for a fresh address of a result.
    unstored = Artwork.objects.filter(fetch_after__isnull=False)
    # Partial indexes find what moves; the account's own leads through all its rows.
    needs: tuple[tuple[QuerySet[Any], str], ...] = (
        (queued, "account"),
        (paused, "account"),
        (sending, "account"),
        (polled, "account"),
        (searched, "generation__account"),
        (unstored, "task__account"),
    )
    return not any(
        account.pk in rows.order_by().values_list(of, flat=True) for rows, of in needs
    )
