"""Generations, provider tasks, artworks, and the rows beside them."""

from generation.models.accelerations import Acceleration, AccelerationQuerySet
from generation.models.artworks import Artwork, ArtworkQuerySet
from generation.models.avatars import AvatarDeletion
from generation.models.details import Detail
from generation.models.generations import (
    Callback,
    Generation,
    GenerationQuerySet,
    new_token,
)
from generation.models.parentage import Origin
from generation.models.presets import NameTaken, Preset, PresetQuerySet, TooMany
from generation.models.process_leases import Lease
from generation.models.provider_tasks import (
    TASK_STATUS,
    ProviderTask,
    ProviderTaskQuerySet,
)
from generation.models.series import Cell, CellQuerySet, Series, SeriesQuerySet
from generation.models.status import StatusModel
from generation.models.submit_recoveries import (
    SubmitRecovery,
    SubmitRecoveryQuerySet,
    UnmatchedKey,
    UnmatchedKeyQuerySet,
)
from generation.models.uploads import Upload, UploadMinute, UploadQuerySet

__all__ = [
    "TASK_STATUS",
    "Acceleration",
    "AccelerationQuerySet",
    "Artwork",
    "ArtworkQuerySet",
    "AvatarDeletion",
    "Callback",
    "Cell",
    "CellQuerySet",
    "Detail",
    "Generation",
    "GenerationQuerySet",
    "Lease",
    "NameTaken",
    "Origin",
    "Preset",
    "PresetQuerySet",
    "ProviderTask",
    "ProviderTaskQuerySet",
    "Series",
    "SeriesQuerySet",
    "StatusModel",
    "SubmitRecovery",
    "SubmitRecoveryQuerySet",
    "TooMany",
    "UnmatchedKey",
    "UnmatchedKeyQuerySet",
    "Upload",
    "UploadMinute",
    "UploadQuerySet",
    "new_token",
]
