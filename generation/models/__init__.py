"""The work: what was asked for, what the provider was given, what came of it."""

from generation.models.accelerations import Acceleration, AccelerationQuerySet
from generation.models.advancing import Advancing
from generation.models.artworks import Artwork, ArtworkQuerySet
from generation.models.avatars import AvatarDeletion
from generation.models.details import Detail
from generation.models.generations import (
    Callback,
    Generation,
    GenerationQuerySet,
    new_token,
)
from generation.models.inquiries import (
    Inquiry,
    InquiryQuerySet,
    UnmatchedKey,
    UnmatchedKeyQuerySet,
)
from generation.models.leases import Lease
from generation.models.tasks import TASK_STATUS, ProviderTask, ProviderTaskQuerySet
from generation.models.uploads import Upload, UploadQuerySet

__all__ = [
    "TASK_STATUS",
    "Acceleration",
    "AccelerationQuerySet",
    "Advancing",
    "Artwork",
    "ArtworkQuerySet",
    "AvatarDeletion",
    "Callback",
    "Detail",
    "Generation",
    "GenerationQuerySet",
    "Inquiry",
    "InquiryQuerySet",
    "Lease",
    "ProviderTask",
    "ProviderTaskQuerySet",
    "UnmatchedKey",
    "UnmatchedKeyQuerySet",
    "Upload",
    "UploadQuerySet",
    "new_token",
]
