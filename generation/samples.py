"""Local thumbnails of sample pictures in the gateways' catalogues.

A gateway's address on a page would reveal the member to it.
"""

import hashlib
import logging
import re
from collections.abc import Iterator

from django.conf import settings
from django.core.cache import cache
from django.core.files.base import File
from django.core.files.storage import default_storage

from gateways import catalogue
from gateways.clients import provider_of
from generation import archive, downloads
from generation.downloads import NotFetched

logger = logging.getLogger(__name__)

#: Per run; a failed one is retried after RETRY_SECONDS.
#: Of the archive; they are fetched again when they are missing.
FOLDER = "samples"
MOST_FETCHED = 20
RETRY_SECONDS = 24 * 3600


def digest(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:40]


def name(of: str) -> str:
    return f"{FOLDER}/{of[:2]}/{of}"


def open_sample(of: str) -> "File[bytes]":
    """Raises FileNotFoundError, also for what is no digest: it would be a file name of
    any length."""
    if not re.fullmatch("[0-9a-f]{40}", of):
        raise FileNotFoundError(of)
    return default_storage.open(name(of), "rb")


def fetch_missing() -> int:
    """Returns the number fetched."""
    fetched = tried = 0
    for url in dict.fromkeys(_listed()):
        of = digest(url)
        if default_storage.exists(name(of)) or cache.get(f"sample-{of}"):
            continue
        if tried == MOST_FETCHED:
            break
        tried += 1
        try:
            with archive.decoded(downloads.download(url)) as picture:
                archive.write(name(of), archive.thumbnail(picture.pixels))
            fetched += 1
        except NotFetched as error:
            logger.info("A sample picture was not fetched: %s", error)
            cache.set(f"sample-{of}", True, RETRY_SECONDS)
    return fetched


def _listed() -> Iterator[str]:
    for provider in dict.fromkeys(map(provider_of, settings.GATEWAYS)):
        lists = catalogue.read(provider)
        for choices in lists.lists.values():
            yield from (choice.picture for choice in choices if choice.picture)
        for resources in lists.resources.values():
            for choices in resources.choices.values():
                yield from (choice.picture for choice in choices if choice.picture)
