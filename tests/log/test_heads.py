"""A chain cut at its end is found, whatever its owner does to the head."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from accounts.models import Team
from log import chain, heads, tasks, verification
from log.models import Chain, Entry
from tests import factories
from tests.tampering import tamper

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def team(db: None) -> Team:
    """Five entries."""
    made = factories.team()
    write(made, 5)
    return made


def write(team: Team, count: int) -> None:
    with transaction.atomic():
        chain.append_all([chain.Event(team.pk, "decision")] * count)


def cut(team: Team, **head: Any) -> None:
    """To three entries, the head in agreement."""
    third = Entry.objects.get(team=team, number=3)
    tamper("DELETE FROM log_entry WHERE number > 3")
    Chain.objects.filter(team=team).update(number=3, hash=third.hash, **head)


def said(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    capsys.readouterr()
    with pytest.raises(SystemExit):
        call_command("verify_log", *options)
    return capsys.readouterr().out


def test_a_cut_whose_head_was_reset_is_found(
    team: Team, capsys: pytest.CaptureFixture[str]
) -> None:
    cut(team)
    assert "number 4, no entry: the chain's end is not signed" in said(capsys)


def test_a_head_that_was_emptied_is_found(team: Team) -> None:
    tamper("DELETE FROM log_entry")
    Chain.objects.update(number=0, hash="", signature="")
    assert verification.verify(team.pk)[1] is not None


def test_a_signature_of_another_team_is_none(team: Team) -> None:
    other = factories.team("Elsewhere")
    write(other, 5)
    theirs = Chain.objects.get(team=other)
    Chain.objects.filter(team=team).update(signature=theirs.signature)
    assert verification.verify(team.pk)[1] is not None
    assert verification.verify(other.pk) == (5, None)


@pytest.fixture
def older(db: None) -> str:
    """The signature of the third entry, which somebody copied in time."""
    made = factories.team()
    write(made, 3)
    signature = Chain.objects.get().signature
    write(made, 2)
    return signature


def test_a_cut_to_an_older_signed_head_is_found(
    older: str, capsys: pytest.CaptureFixture[str]
) -> None:
    team = factories.team()
    tasks.keep_heads()
    call_command("verify_log")
    cut(team, signature=older)
    assert verification.verify(team.pk) == (3, None)
    for _ in range(2):
        expected = "number 5, no entry: the chain went on to it, and ends before"
        assert expected in said(capsys)
        tasks.keep_heads()  # forgets nothing


def test_a_cut_that_grew_again_is_found(
    older: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks.keep_heads()
    cut(factories.team(), signature=older)
    write(factories.team(), 7)
    tasks.keep_heads()
    assert verification.verify(factories.team().pk) == (10, None)
    assert "it is not what the chain ended with then" in said(capsys)


def test_the_latest_end_is_kept(team: Team) -> None:
    for number in (5, 8):
        heads.keep()
        assert [head.number for head in heads.kept()] == [number]
        write(team, 3)


def test_a_log_removed_as_a_whole_is_found(
    team: Team, capsys: pytest.CaptureFixture[str]
) -> None:
    heads.keep()
    tamper("DELETE FROM log_entry")
    Chain.objects.all().delete()
    assert f"team {team.pk}, number 5, no entry" in said(capsys)


def test_an_unsigned_head_is_not_kept(team: Team) -> None:
    heads.keep()
    write(team, 1)
    Chain.objects.update(number=1000)
    heads.keep()
    assert [head.number for head in heads.kept()] == [5]


def test_the_file_is_private_and_signed(
    team: Team, own_data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heads.keep()
    path = own_data_dir / "log_heads.json"
    assert path.stat().st_mode & 0o077 == 0
    assert list(own_data_dir.glob("log_heads*")) == [path]
    path.write_text(path.read_text().replace(", 5,", ", 4,"))
    assert "not signed with this portal's key" in said(capsys)
    for nonsense in ("{", "[1]", "[[1, 2]]", "7"):
        path.write_text(nonsense)
        assert "cannot be read" in said(capsys)


def test_ends_are_accepted_after_a_changed_key(
    team: Team, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    heads.keep()
    settings.SECRET_KEY = "another"
    assert said(capsys).count("not signed") == 2
    call_command("verify_log", "--accept-ends")
    write(team, 1)
    call_command("verify_log")
    assert verification.verify(team.pk) == (6, None)
