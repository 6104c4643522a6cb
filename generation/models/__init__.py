"""The work: what was asked for, what the provider was given, what came of it."""

from generation.models.advancing import Advancing
from generation.models.artworks import Artwork, ArtworkQuerySet
from generation.models.gateways import CatalogueEntry, GatewayAccount
from generation.models.generations import (
    Callback,
    Generation,
    GenerationQuerySet,
    new_token,
)
from generation.models.inquiries import (
    Inquiry,
    InquiryQuerySet,
    Stray,
    StrayQuerySet,
)
from generation.models.leases import Lease
from generation.models.tasks import TASK_STATUS, ProviderTask, ProviderTaskQuerySet

__all__ = [
    "TASK_STATUS",
    "Advancing",
    "Artwork",
    "ArtworkQuerySet",
    "Callback",
    "CatalogueEntry",
    "GatewayAccount",
    "Generation",
    "GenerationQuerySet",
    "Inquiry",
    "InquiryQuerySet",
    "Lease",
    "ProviderTask",
    "ProviderTaskQuerySet",
    "Stray",
    "StrayQuerySet",
    "new_token",
]
