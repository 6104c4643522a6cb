"""Pictures without an archived file and provider tasks that do not end."""

import datetime
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Team
from gateways import result_retention
from generation.models import Artwork, ProviderTask

#: Tasks open this long after submission are listed.
LINGERING_AFTER = datetime.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class UnarchivedArtwork:
    """``expires_at``: deletion at the gateway; None where unknown."""

    artwork: Artwork
    expires_at: datetime.datetime | None
    is_due: bool

    @classmethod
    def of(cls, artwork: Artwork) -> "UnarchivedArtwork":
        provider = artwork.task.account.provider
        expires_at = result_retention.expires_at(provider, artwork.created_at)
        after = artwork.fetch_after
        return cls(artwork, expires_at, after is not None and after <= timezone.now())


def unarchived(team: Team) -> QuerySet[Artwork]:
    return Artwork.objects.in_team(team).at_risk()


def lingering(team: Team) -> QuerySet[ProviderTask]:
    tasks = ProviderTask.objects.lingering(timezone.now() - LINGERING_AFTER)
    return tasks.filter(generation__team=team)
