"""Backups: whole, found damaged, and restored into an empty installation."""

import datetime
import fcntl
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.utils import ConnectionHandler
from django.utils import timezone

from accounts.models import User
from generation import archive
from log import heads
from log.models import Change
from tests import factories
from upkeep import backups, database_copy, first_days

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    return Path(settings.MEDIA_ROOT)


@pytest.fixture
def stored(alice: User, media: Path) -> str:
    """The name of an archived original."""
    return archive.name(factories.artwork(alice).sha256, "original")


@pytest.fixture
def empty_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """Another database, which the copy takes for the portal's."""
    values = connection.settings_dict.copy()
    name = f"restored_{secrets.token_hex(4)}"
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
    values["NAME"] = name if connection.vendor == "postgresql" else tmp_path / name
    other = ConnectionHandler({"default": values})["default"]
    other.inc_thread_sharing()
    monkeypatch.setattr(database_copy, "connection", other)
    yield other
    other.close()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_backup_is_whole_and_the_next_copies_only_what_is_new(
    stored: str, tmp_path: Path
) -> None:
    first = backups.make(tmp_path / "dest")
    assert first.copied == first.manifest.files == 3  # with thumbnail and cover
    assert not list(backups.problems(first.folder, content=True))
    assert "backup" in {step.name for step in first_days.steps() if step.is_done}
    archive.store(factories.picture_bytes((250, 9, 9)))
    first.folder.rename(first.folder.with_name("20000101T000000Z"))
    second = backups.make(tmp_path / "dest")
    assert (second.copied, second.manifest.files) == (3, 6)
    assert backups.newest(tmp_path / "dest") == second.folder
    assert not list(backups.problems(second.folder))


def test_what_is_damaged_is_named(stored: str, tmp_path: Path, capsys: Any) -> None:
    dest = tmp_path / "dest"
    folder = backups.make(dest).folder
    call_command("verify_backup", dest)
    assert "whole" in capsys.readouterr().out
    copy = dest / "media" / stored
    content = copy.read_bytes()
    copy.write_bytes(content[:-1] + b"x")
    assert list(backups.problems(folder)) == []
    assert list(backups.problems(folder, content=True)) == [f"{stored}: other content"]
    copy.write_bytes(content[:-1])
    with pytest.raises(SystemExit):
        call_command("verify_backup", dest)
    assert f"{stored}: {len(content) - 1} bytes" in capsys.readouterr().out
    copy.unlink()
    assert list(backups.problems(folder)) == [f"{stored}: missing"]
    database = folder / database_copy.file_name()
    database.write_bytes(database.read_bytes()[:-5000])
    assert next(backups.problems(folder)).startswith(database.name)
    database.write_bytes(b"no database at all")
    assert database_copy.problems(database)


def test_what_was_not_finished_is_no_backup(
    stored: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(CommandError, match="No space left"):
        call_command("backup", tmp_path / "dest")
    with pytest.raises(CommandError, match="no finished backup"):
        call_command("verify_backup", tmp_path / "dest")
    assert not Change.objects.exists()


def test_it_is_restored_into_an_empty_installation(
    stored: str, tmp_path: Path, media: Path, empty_database: Any, settings: Any
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database_copy, "connection", connection)
        heads.keep()
        backups.make(tmp_path / "dest")
        with pytest.raises(CommandError, match="The database is not empty"):
            call_command("restore", tmp_path / "dest")
    settings.DATA_DIR = tmp_path / "new"
    settings.MEDIA_ROOT = settings.DATA_DIR / "media"
    settings.MEDIA_ROOT.mkdir(parents=True)
    call_command("restore", tmp_path / "dest")
    with empty_database.cursor() as cursor:
        cursor.execute("SELECT sha256 FROM generation_artwork")
        assert cursor.fetchall() == [(Path(stored).name,)]
        cursor.execute("SELECT username FROM accounts_user")
        assert ("alice",) in cursor.fetchall()
    assert (settings.MEDIA_ROOT / stored).read_bytes() == (media / stored).read_bytes()
    assert heads.path().exists()


def test_it_is_not_restored_with_another_key(
    stored: str, tmp_path: Path, empty_database: Any, settings: Any
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database_copy, "connection", connection)
        folder = backups.make(tmp_path / "dest").folder
    assert configured.SECRET_KEY not in (folder / backups.MANIFEST).read_text()
    settings.SECRET_KEY = "another"
    with pytest.raises(CommandError, match="another secret key"):
        call_command("restore", tmp_path / "dest")
    assert database_copy.is_empty()


@pytest.mark.parametrize("text", ["{}", "[]", "", '{"made_at": 1, "other": 2}'])
def test_a_foreign_manifest_is_refused(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "20261130T220812Z"
    folder.mkdir()
    (folder / backups.MANIFEST).write_text(text)
    for command in ("verify_backup", "restore"):
        with pytest.raises(CommandError):
            call_command(command, tmp_path)


def test_what_is_stored_after_the_copy_of_the_database_waits_for_the_next(
    stored: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = archive.name(Path(stored).name, "thumbnail")
    now = timezone.now()
    before = now - datetime.timedelta(minutes=10)
    monkeypatch.setattr(backups.timezone, "now", lambda: before)
    folder = backups.make(tmp_path / "dest").folder
    assert later not in (folder / backups.FILES).read_text()
    # So far ahead the clock was wrong when it was stored.
    before = now - datetime.timedelta(days=1)
    folder = backups.make(tmp_path / "dest").folder
    assert later in (folder / backups.FILES).read_text()


def test_no_password_stands_in_an_argument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arguments of a process can be read by everybody on the machine."""
    seen: dict[str, Any] = {}

    class Postgres:
        vendor = "postgresql"

        def get_connection_params(self) -> dict[str, Any]:
            return {"dbname": "portal", "password": "hidden word", "host": "db"}

    def run(arguments: list[str], **more: Any) -> None:
        seen.update(more, arguments=arguments)

    monkeypatch.setattr(database_copy, "connection", Postgres())
    monkeypatch.setattr(database_copy.subprocess, "run", run)
    database_copy.dump(tmp_path / "file")
    assert "hidden" not in " ".join(seen["arguments"])
    assert seen["env"]["PGPASSWORD"] == "hidden word"
    assert any("portal" in each and "db" in each for each in seen["arguments"])


def test_the_folder_of_the_archive_takes_no_backup(
    stored: str, tmp_path: Path, media: Path
) -> None:
    """DEST/media would be the archive itself: nothing would be copied."""
    for dest in (media, media / "more", media.parent):
        with pytest.raises(CommandError, match="the archive itself"):
            call_command("backup", dest)
    assert not list(tmp_path.glob("*Z*"))


def test_the_ends_of_the_log_are_of_the_copied_chains(
    stored: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The portal goes on writing while the database is copied."""
    heads.path().write_text("[]")
    dump = database_copy.dump

    def with_a_later_end(file: Path) -> None:
        dump(file)
        heads.path().write_text('[["later"]]')

    monkeypatch.setattr(database_copy, "dump", with_a_later_end)
    folder = backups.make(tmp_path / "dest").folder
    assert (folder / heads.path().name).read_text() == "[]"


def test_what_a_restoring_left_half_written_is_written_again(
    stored: str, tmp_path: Path, media: Path, empty_database: Any, settings: Any
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database_copy, "connection", connection)
        backups.make(tmp_path / "dest")
    settings.DATA_DIR = tmp_path / "new"
    settings.MEDIA_ROOT = settings.DATA_DIR / "media"
    half = settings.MEDIA_ROOT / stored
    half.parent.mkdir(parents=True)
    half.write_bytes((media / stored).read_bytes()[:10])
    call_command("restore", tmp_path / "dest")
    assert half.read_bytes() == (media / stored).read_bytes()


def test_one_backup_is_made_at_a_time(stored: str, tmp_path: Path) -> None:
    dest = tmp_path / "dest"
    dest.mkdir()
    with (dest / backups.LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(CommandError, match="Another backup"):
            call_command("backup", dest)
    call_command("backup", dest)


def test_copied_pictures_are_their_owners_alone(stored: str, tmp_path: Path) -> None:
    dest = tmp_path / "dest"
    dest.mkdir(mode=0o755)
    backups.make(dest)
    assert (dest / "media").stat().st_mode & 0o077 == 0


def test_a_copy_is_checked_whatever_its_folder_is_called(
    stored: str, tmp_path: Path
) -> None:
    dest = tmp_path / "50% of all #1?"
    backups.make(dest)
    call_command("verify_backup", dest)
    # The copy itself was read, not an empty one beside it.
    assert list(tmp_path.glob("50%*")) == [dest]
    assert not list(dest.rglob("*-shm")) + list(dest.rglob("*-wal"))
