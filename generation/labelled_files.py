"""Labelled copies of archived pictures: made once, kept until nobody asks for them.

    labelled/ab/<sha-256 of the original>/<key>-<bytes>-<sha-256 of the copy>

``key`` names what decides the bytes: rules, text, corner and mark. A copy that was cut
off has another size and is made again. Encoding takes its part of the memory budget for
decoding, on one thread of the process; who waits may give up and come back.
"""

import datetime
import hashlib
import logging
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TimedOut
from dataclasses import dataclass

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils import timezone

from generation import archive, decoding_slots, pictures
from labels import drawing, encoding, label_settings, splicing
from net.process_local import process_local

logger = logging.getLogger(__name__)

FOLDER = "labelled"
#: Days that a copy is kept from its making on.
KEPT = datetime.timedelta(days=30)
ENCODING = decoding_slots.Queue(seconds=30.0, places=2)


class NotReady(Exception):
    """The copy is being made: ask again."""


class NotMade(Exception):
    """No labelled copy can be made: no file is handed out."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """``corner``: of the visible label; empty: without it."""

    original: str
    corner: str
    mark: encoding.Mark

    @property
    def key(self) -> str:
        text = settings.LABEL_TEXT if self.corner else ""
        parts = (
            label_settings.RULES,
            text,
            self.corner,
            self.mark.label,
            self.mark.source,
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Copy:
    """``path`` in the storage; ``size`` in bytes."""

    path: str
    size: int
    sha256: str

    def open(self) -> "File[bytes]":
        """Raises FileNotFoundError."""
        return default_storage.open(self.path, "rb")


def of(wanted: Wanted, *, patience: float | None = None) -> Copy:
    """From the cache, or made. ``patience``: seconds until NotReady; None: until it is
    there. Raises NotReady, NotMade, FileNotFoundError (no original)."""
    if found := _kept(wanted):
        return found
    making = _making(wanted)
    try:
        return making.result(patience)
    except TimedOut as error:
        raise NotReady from error
    except decoding_slots.Busy as error:
        raise NotReady from error


def hashes(original: str) -> set[str]:
    """Of the copies that are kept of one original."""
    return {copy.sha256 for copy in _copies(original)}


def remove(original: str) -> None:
    for copy in _copies(original):
        default_storage.delete(copy.path)


def tidy() -> None:
    """Remove old copies; whoever asks again gets the same bytes."""
    before = timezone.now() - KEPT
    for prefix in _folders(FOLDER):
        for original in _folders(f"{FOLDER}/{prefix}"):
            for copy in _copies(original):
                try:
                    if default_storage.get_modified_time(copy.path) < before:
                        default_storage.delete(copy.path)
                except FileNotFoundError:
                    continue


# --- Cache


def _folder(original: str) -> str:
    return f"{FOLDER}/{original[:2]}/{original}"


def _folders(path: str) -> list[str]:
    try:
        return default_storage.listdir(path)[0]
    except FileNotFoundError:
        return []


def _copies(original: str) -> Iterator[Copy]:
    folder = _folder(original)
    try:
        names = default_storage.listdir(folder)[1]
    except FileNotFoundError:
        return
    for name in names:
        _key, size, sha256 = name.split("-")
        yield Copy(f"{folder}/{name}", int(size), sha256)


def _kept(wanted: Wanted) -> Copy | None:
    start = f"{_folder(wanted.original)}/{wanted.key}-"
    for copy in _copies(wanted.original):
        if copy.path.startswith(start):
            try:
                if default_storage.size(copy.path) == copy.size:
                    return copy
            except FileNotFoundError:  # removed meanwhile
                return None
    return None


# --- Making


@process_local
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="labelling")


@process_local
def _running() -> "dict[Wanted, Future[Copy]]":
    """Who asks for the same copy waits for the same making."""
    return {}


def _making(wanted: Wanted) -> "Future[Copy]":
    running = _running()
    found = running.get(wanted)
    if found is None:
        found = running[wanted] = _pool().submit(_make, wanted)
        found.add_done_callback(lambda _done: running.pop(wanted, None))
    return found


def _make(wanted: Wanted) -> Copy:
    if found := _kept(wanted):  # by another process
        return found
    with archive.open_rendition(wanted.original, "original") as file:
        content = file.read()
    made = _labelled(content, wanted)
    sha256 = hashlib.sha256(made).hexdigest()
    name = f"{wanted.key}-{len(made)}-{sha256}"
    path = f"{_folder(wanted.original)}/{name}"
    archive.write(path, made)
    if not archive.is_stored(wanted.original):  # erased meanwhile
        default_storage.delete(path)
        raise FileNotFoundError(wanted.original)
    return Copy(path, len(made), sha256)


def _labelled(content: bytes, wanted: Wanted) -> bytes:
    """Raises NotMade, decoding_slots.Busy."""
    try:
        if not wanted.corner:
            return encoding.marked(content, wanted.mark)
        most = settings.RESULT_MAX_PIXELS
        with pictures.decoded(
            content, most_pixels=most, queue=ENCODING, in_srgb=False
        ) as found:
            drawing.draw(found.pixels, settings.LABEL_TEXT, wanted.corner)
            mark, profile = wanted.mark, found.profile
            return encoding.encoded(found.pixels, content, mark, profile)
    except splicing.HasC2pa:
        return content  # its signed manifest is the label; nothing is put into it
    except (pictures.Unreadable, encoding.NotLabelled) as error:
        logger.error("No labelled copy of %s: %s", wanted.original, error)
        raise NotMade(str(error)) from error
