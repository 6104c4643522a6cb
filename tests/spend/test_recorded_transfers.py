"""The log finds a changed transfer that no sum finds."""

import datetime
import json

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import User
from log.models import Entry
from spend import recorded_transfers, tasks
from spend.models import Transfer
from tests import factories
from tests.tampering import tamper

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The portal's transfers are older than an hour."""
    monkeypatch.setattr(recorded_transfers, "AGE", datetime.timedelta(0))


@pytest.fixture
def recorded(alice: User, bob: User, later: None) -> Transfer:
    """Of two teams, in two records each."""
    for user in (alice, bob):
        factories.artwork(user)
    tasks.record()
    for user in (alice, bob):
        factories.artwork(user)
    tasks.record()
    assert Entry.objects.filter(kind="books").count() == 4
    return Transfer.objects.filter(user=alice).earliest("pk")


def found() -> list[str]:
    return list(recorded_transfers.broken())


def test_each_transfer_is_recorded_once(recorded: Transfer) -> None:
    tasks.record()
    rows = Entry.objects.filter(kind="books", team=recorded.team).order_by("number")
    first, second = (json.loads(row.facts) for row in rows)
    assert (first["after"], second["after"]) == (0, first["last"])
    of_team = Transfer.objects.in_team(recorded.team)
    assert first["transfers"] + second["transfers"] == of_team.count()
    assert second["last"] == of_team.latest("pk").pk
    call_command("check_books")


def test_young_transfers_are_not_recorded(alice: User) -> None:
    factories.artwork(alice)
    tasks.record()
    assert not Entry.objects.filter(kind="books").exists()


@pytest.mark.parametrize(
    "change",
    [
        "note = 'other'",
        "created_at = '2026-01-01 00:00:00+00:00'",
        "user_id = NULL",
        "reference = 'x'",
        "amount = amount + 1",
    ],
)
def test_a_changed_transfer_is_found(
    recorded: Transfer, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    tamper(f"UPDATE spend_transfer SET {change} WHERE id = {recorded.pk}")
    (sentence,) = found()
    assert f" of team {recorded.team_id} are not what the log recorded" in sentence
    with pytest.raises(SystemExit):
        call_command("check_books")
    assert sentence in capsys.readouterr().out


def test_a_removed_transfer_is_found(recorded: Transfer) -> None:
    tamper(f"DELETE FROM spend_transfer WHERE id = {recorded.pk}")
    assert len(found()) == 1


def test_a_new_transfer_is_not_taken_for_a_forged_one(
    recorded: Transfer, alice: User
) -> None:
    factories.artwork(alice)
    assert found() == []
    assert timezone.now() > recorded.created_at
