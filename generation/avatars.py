"""Avatars: what trainings made, whose they are, and how they go."""

import contextlib

from django.db.models import QuerySet

from accounts.models import User
from gateways.clients import client_of
from gateways.models import GatewayAccount
from gateways.providers.base import Refused
from gateways.providers.protocols import Trainer
from generation.models import AvatarDeletion, ProviderTask


def of(user: User, slugs: list[str]) -> QuerySet[ProviderTask]:
    """One's own, newest first; a face is nobody else's to draw. ``slugs``: of the
    operations that train."""
    return (
        ProviderTask.objects.filter(
            generation__requested_by=user,
            generation__operation__in=slugs,
            status=ProviderTask.Status.SUCCEEDED,
            avatar_deletion=None,
        )
        .select_related("generation", "account__health")
        .order_by("-pk")
    )


def name(task: ProviderTask) -> str:
    return str(task.generation.parameters.get("avatar_name") or task.key)


def training(key: str, slugs: list[str]) -> ProviderTask | None:
    """What trained it, at its account; None where it was not asked for here."""
    found = ProviderTask.objects.filter(
        account__in=GatewayAccount.objects.all(),  # keys are indexed by account
        key=key,
        generation__operation__in=slugs,
    )
    return found.select_related("account__health", "generation").order_by("pk").last()


def delete(task: ProviderTask, *, by: User) -> None:
    """At the gateway, then here; raises ProviderError, and LookupError where its
    account is not ours any more. Call outside of a transaction."""
    provider = client_of(task.account)
    if isinstance(provider, Trainer):
        # What it does not know (any more) is what was wanted.
        with contextlib.suppress(Refused):
            provider.delete_avatar(task.key)
    AvatarDeletion.objects.get_or_create(task=task, defaults={"deleted_by": by})
