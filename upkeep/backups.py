"""Backups of a running portal into a folder, and what is restored from them.

    DEST/media/…                   files by content: copied once, never changed
    DEST/20261130T220812Z/         one backup: database, files.txt, log_heads.json,
                                   manifest.json

The database is copied before the files: what it names is in the archive already. The
ends of the log are copied before it: they are in its chains. The secret key is no part
of a backup, only its fingerprint: whoever finds a backup cannot open sealed values.
"""

import datetime
import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from generation import labelled_files, samples
from log import changes, heads
from upkeep import database_copy

MANIFEST, FILES, MEDIA = "manifest.json", "files.txt", "media"
#: Held while a backup is made.
LOCK = ".lock"
#: Folders of the archive whose files are named by their own SHA-256.
BY_CONTENT = ("originals", "uploads")
UNFINISHED = ".unfinished"
#: A file from further ahead than this was written under a wrong clock.
CLOCK_ERROR = datetime.timedelta(hours=1)


class NotRestored(Exception):
    """With what to do."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """``key``: fingerprint of the secret key. Sizes in bytes."""

    made_at: str
    database: str
    database_bytes: int
    database_sha256: str
    key: str
    files: int
    file_bytes: int


@dataclass(frozen=True, slots=True)
class Made:
    folder: Path
    manifest: Manifest
    #: Files that no earlier backup had.
    copied: int


@dataclass(slots=True)
class _Media:
    files: int = 0
    bytes: int = 0
    copied: int = 0


def fingerprint() -> str:
    return salted_hmac("upkeep.backups", "key", algorithm="sha256").hexdigest()[:16]


def make(dest: Path) -> Made:
    """Raises `database_copy.NotCopied`, OSError."""
    archive = Path(settings.MEDIA_ROOT).resolve()
    media = (dest / MEDIA).resolve()
    if media.is_relative_to(archive) or archive.is_relative_to(media):
        raise OSError(f"{dest} is the folder of the archive itself")
    dest.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (dest / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OSError(f"Another backup into {dest} is running") from error
        return _make(dest)


def _make(dest: Path) -> Made:
    # Of parents made on the way, only the umask decides.
    (dest / MEDIA).mkdir(exist_ok=True, mode=0o700)
    made_at = timezone.now()
    folder = dest / f"{made_at:%Y%m%dT%H%M%SZ}"
    unfinished = folder.with_suffix(UNFINISHED)
    unfinished.mkdir(mode=0o700)
    if heads.path().exists():
        shutil.copyfile(heads.path(), unfinished / heads.path().name)
    database = unfinished / database_copy.file_name()
    database_copy.dump(database)
    media = _copy_files(dest / MEDIA, unfinished / FILES)
    manifest = Manifest(
        made_at.isoformat(timespec="seconds"),
        database.name,
        database.stat().st_size,
        _sha256(database),
        fingerprint(),
        media.files,
        media.bytes,
    )
    text = json.dumps(asdict(manifest), indent=2)
    (unfinished / MANIFEST).write_text(text + "\n", encoding="utf-8")
    unfinished.rename(folder)
    with transaction.atomic():
        kind = changes.Kind.BACKUP
        size = manifest.database_bytes + manifest.file_bytes
        changes.record(kind, folder.name, by=None, after=size)
    return Made(folder, manifest, media.copied)


def newest(dest: Path) -> Path:
    """Raises FileNotFoundError."""
    found = sorted(path.parent for path in dest.glob(f"*Z/{MANIFEST}"))
    if not found:
        raise FileNotFoundError(f"There is no finished backup in {dest}")
    return found[-1]


def read(folder: Path) -> Manifest:
    """Raises ValueError for one that is none of ours."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return Manifest(**found)
    except TypeError as error:
        raise ValueError(f"{folder / MANIFEST}: {error}") from error


def problems(folder: Path, *, content: bool = False) -> Iterator[str]:
    """``content``: read each original too, not only its size. Raises ValueError."""
    manifest = read(folder)
    database = folder / manifest.database
    if not database.exists() or _sha256(database) != manifest.database_sha256:
        yield f"{database.name}: not the file that was written"
    else:
        yield from database_copy.problems(database)
    files = 0
    for size, name in _listed(folder):
        files += 1
        file = folder.parent / MEDIA / name
        if not file.exists():
            yield f"{name}: missing"
        elif file.stat().st_size != size:
            yield f"{name}: {file.stat().st_size} bytes instead of {size}"
        elif content and name.startswith(BY_CONTENT) and _sha256(file) != file.name:
            yield f"{name}: other content"
    if files != manifest.files:
        yield f"{FILES}: {files} files instead of {manifest.files}"


def restore(folder: Path) -> Manifest:
    """Into an empty database and archive. Raises NotRestored, ValueError,
    `database_copy.NotCopied`."""
    manifest = read(folder)
    if manifest.key != fingerprint():
        raise NotRestored(
            "The backup was made with another secret key: put that one into"
            " WJPORTAL_SECRET_KEY, or the file secret_key of the data folder"
        )
    if manifest.database != database_copy.file_name():
        raise NotRestored(f"The backup holds {manifest.database}: another database")
    if not database_copy.is_empty():
        raise NotRestored(
            "The database is not empty: name a new WJPORTAL_DATA_DIR or DATABASE_URL"
        )
    if found := next(problems(folder), ""):
        raise NotRestored(f"The backup is damaged: {found}")
    for size, name in _listed(folder):
        if default_storage.exists(name):
            if default_storage.size(name) == size:
                continue
            default_storage.delete(name)  # of a restoring that was cut short
        with (folder.parent / MEDIA / name).open("rb") as file:
            default_storage.save(name, file)
    if (kept := folder / heads.path().name).exists():
        shutil.copyfile(kept, heads.path())
    database_copy.load(folder / manifest.database)
    return manifest


def _listed(folder: Path) -> Iterator[tuple[int, str]]:
    with (folder / FILES).open(encoding="utf-8") as lines:
        for line in lines:
            size, _space, name = line.rstrip("\n").partition(" ")
            yield int(size), name


def _copy_files(to: Path, list_: Path) -> _Media:
    """What is written from now on is named by no row of the copied database."""
    now, media = timezone.now(), _Media()
    with list_.open("w", encoding="utf-8") as listed:
        for name in _names():
            try:
                if now < default_storage.get_modified_time(name) < now + CLOCK_ERROR:
                    continue
                is_new, size = _copy(name, to / name)
            except FileNotFoundError:  # removed for good meanwhile
                continue
            media.files += 1
            media.bytes += size
            media.copied += is_new
            listed.write(f"{size} {name}\n")
    return media


def _names(folder: str = "") -> Iterator[str]:
    """Of all stored files but samples and labelled copies, which are made again."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in sorted(files):
        yield f"{folder}{name}"
    for name in sorted(set(folders) - {samples.FOLDER, labelled_files.FOLDER}):
        yield from _names(f"{folder}{name}/")


def _copy(name: str, target: Path) -> tuple[bool, int]:
    """Whether it was copied, and its size; a name stands for one content."""
    size = default_storage.size(name)
    if target.exists() and target.stat().st_size == size:
        return False, size
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_name(f"{target.name}.part")
    with default_storage.open(name, "rb") as source, part.open("wb") as copy:
        shutil.copyfileobj(source, copy)
    part.replace(target)
    return True, target.stat().st_size


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
