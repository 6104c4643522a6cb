"""The data dir: for the portal's own user alone.

A folder that others can read or write is tightened at the start, if it is the portal's
own; else the start is refused with what to do.
"""

import os
import stat
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

#: Of group and others.
OTHERS = stat.S_IRWXG | stat.S_IRWXO
PRIVATE_DIR, PRIVATE_FILE = 0o700, 0o600
#: Where one of them lies, or nothing, the folder is the portal's.
OWN = ("secret_key", "wjportal.sqlite3", "media", "sandbox", "portal.lock")


def private_dir(path: Path) -> Path:
    """Creates or tightens the folder, its media and the files with secrets. Raises
    ImproperlyConfigured."""
    path.mkdir(parents=True, exist_ok=True, mode=PRIVATE_DIR)
    if _is_open(path):
        if any(path.iterdir()) and not any((path / name).exists() for name in OWN):
            raise ImproperlyConfigured(
                f"WJPORTAL_DATA_DIR: others can read {path}, and it holds other files:"
                " name a folder of the portal's own, or chmod 700"
            )
        _tighten(path, PRIVATE_DIR)
    for name in ("media", "sandbox"):
        _tighten(path / name, PRIVATE_DIR)
    for name in ("secret_key", "demo.json"):
        _tighten(path / name, PRIVATE_FILE)
    return path


def private_file(path: Path) -> Path:
    """Creates or tightens a SQLite file: its journals get the same mode."""
    os.close(os.open(path, os.O_CREAT | os.O_RDONLY, PRIVATE_FILE))
    for suffix in ("", "-wal", "-shm", "-journal"):
        _tighten(path.with_name(path.name + suffix), PRIVATE_FILE)
    return path


def _is_open(path: Path) -> bool:
    """Another owner's group is how the portal gets in: on purpose."""
    found = path.stat()
    mine = found.st_uid == os.geteuid()
    return bool(found.st_mode & (OTHERS if mine else stat.S_IRWXO))


def _tighten(path: Path, mode: int) -> None:
    try:
        if _is_open(path):
            path.chmod(mode)
    except FileNotFoundError:
        return
    except OSError as error:
        raise ImproperlyConfigured(
            f"WJPORTAL_DATA_DIR: others can read {path}, and its mode cannot be"
            f" changed: {error.strerror}"
        ) from error
