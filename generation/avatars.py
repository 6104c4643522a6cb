"""Avatars: results of trainings, their owners and deletion."""

import contextlib

from django.db.models import QuerySet

from accounts.models import User
from gateways.clients import client_of
from gateways.models import GatewayAccount
from gateways.providers.errors import Refused
from gateways.providers.protocols import Trainer
from generation.models import AvatarDeletion, ProviderTask
from generation.search import generations

#: Trainings of a person, the newest.
MOST = 500


def of(user: User, slugs: list[str]) -> QuerySet[ProviderTask]:
    """Newest first, of the user's teams; nobody draws another person's face.
    ``slugs``: training operations."""
    trainings = generations.of_operations(slugs, person=user.pk, limit=MOST)
    return (
        ProviderTask.objects.filter(
            generation__in=trainings,
            generation__requested_by=user,
            generation__team__in=user.memberships.values("team"),
            status=ProviderTask.Status.SUCCEEDED,
            avatar_deletion=None,
        )
        .select_related("generation", "account__health")
        .order_by("-pk")
    )


def is_of(user: User, training: ProviderTask) -> bool:
    """Whether the user trained it, for a team of theirs."""
    of = training.generation
    is_own = of.requested_by_id == user.pk
    return is_own and user.memberships.filter(team=of.team_id).exists()


def name(task: ProviderTask) -> str:
    return str(task.generation.parameters.get("avatar_name") or task.key)


def training(key: str, slugs: list[str]) -> ProviderTask | None:
    """With its account. None: not trained here."""
    found = ProviderTask.objects.filter(
        account__in=GatewayAccount.objects.all(),  # keys are indexed by account
        key=key,
        generation__operation__in=slugs,
    )
    return found.select_related("account__health", "generation").order_by("pk").last()


def delete(task: ProviderTask, *, by: User) -> None:
    """At the gateway, then here. Raises ProviderError, and LookupError for an
    unconfigured account. Call outside of a transaction."""
    provider = client_of(task.account)
    if isinstance(provider, Trainer):
        # Refused: unknown there, so deleted.
        with contextlib.suppress(Refused):
            provider.delete_avatar(task.key)
    AvatarDeletion.objects.get_or_create(task=task, defaults={"deleted_by": by})
