"""Nobody but the portal's user reads the data dir, whoever made the folder."""

import os
import sqlite3
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from wjportal.data_dir import private_dir, private_file


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Made by somebody with a usual umask."""
    made = tmp_path / "data"
    made.mkdir()
    made.chmod(0o755)
    return made


def test_a_new_folder_is_private(tmp_path: Path) -> None:
    assert mode(private_dir(tmp_path / "new")) == 0o700


def test_an_empty_folder_is_tightened(folder: Path) -> None:
    assert mode(private_dir(folder)) == 0o700


def test_a_portals_folder_is_tightened_with_what_is_secret(folder: Path) -> None:
    for name in ("secret_key", "demo.json"):
        (folder / name).touch(0o644)
    (folder / "media").mkdir(0o755)
    private_dir(folder)
    assert mode(folder / "media") == mode(folder) == 0o700
    assert mode(folder / "secret_key") == mode(folder / "demo.json") == 0o600


def test_a_folder_of_others_is_left_alone(folder: Path) -> None:
    """Such as /tmp or /var/lib, named by mistake."""
    (folder / "theirs").mkdir()
    with pytest.raises(ImproperlyConfigured, match=r"WJPORTAL_DATA_DIR.*chmod 700"):
        private_dir(folder)
    assert mode(folder) == 0o755
    folder.chmod(0o700)
    private_dir(folder)


def test_a_mode_that_cannot_be_changed_stops_the_start(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    with pytest.raises(ImproperlyConfigured, match="Operation not permitted"):
        private_dir(folder)


def test_another_owners_group_may_get_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a volume that a container's group was given."""
    folder.chmod(0o770)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    private_dir(folder)
    assert mode(folder) == 0o770


def test_the_database_and_its_journal_are_private(folder: Path) -> None:
    old = folder / "old.sqlite3"
    old.touch(0o644)
    assert mode(private_file(old)) == 0o600
    path = private_file(folder / "new.sqlite3")
    with sqlite3.connect(path) as found:
        found.execute("PRAGMA journal_mode=WAL")
        found.execute("CREATE TABLE a (b)")
        assert mode(path) == mode(folder / "new.sqlite3-wal") == 0o600
    found.close()


def test_media_are_private() -> None:
    name = default_storage.save("originals/ab/abc", ContentFile(b"x"))
    path = Path(default_storage.path(name))
    assert mode(path) == 0o600
    assert mode(path.parent) == mode(path.parent.parent) == 0o700
