"""The log: what was done stays as it was done, and whoever changes it is found out."""

import datetime
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Team
from log import chain, verification
from log.models import Chain, Entry
from tests import factories
from tests.tampering import tamper

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def team(db: None) -> Team:
    return factories.team()


def write(team: Team, count: int = 1, kind: str = "decision") -> None:
    with transaction.atomic():
        chain.append_all(
            chain.Event(team.pk, kind, facts={"review": number, "note": "看\u0000"})
            for number in range(count)
        )


def entry(team: Team, number: int) -> Entry:
    return Entry.objects.get(team=team, number=number)


# --- Appending


def test_each_entry_follows_the_one_before(team: Team) -> None:
    write(team, 2)
    write(team)
    first, second, third = Entry.objects.order_by("number")
    assert [row.number for row in (first, second, third)] == [1, 2, 3]
    assert first.previous == ""
    assert second.previous == first.hash
    assert third.previous == second.hash
    assert verification.verify(team.pk) == (3, None)


def test_an_entry_names_its_person(team: Team, mona: Any) -> None:
    with transaction.atomic():
        chain.append(chain.Event(team.pk, "decision", by=mona.pk))
    assert entry(team, 1).by == mona
    assert verification.verify(team.pk) == (1, None)


def test_each_team_has_a_chain_of_its_own(team: Team) -> None:
    other = factories.team("Elsewhere")
    write(team, 2)
    write(other)
    assert entry(other, 1).previous == ""
    assert verification.verify(team.pk) == (2, None)
    assert verification.verify(other.pk) == (1, None)


def test_many_are_appended_in_few_statements(
    team: Team, django_assert_num_queries: Any
) -> None:
    write(team)
    with transaction.atomic(), django_assert_num_queries(3):
        chain.append_all([chain.Event(team.pk, "decision")] * 50)


def test_the_seal_does_not_depend_on_how_a_moment_or_json_is_written(
    team: Team,
) -> None:
    write(team)
    row = entry(team, 1)
    assert json.loads(row.facts) == {"note": "看\u0000", "review": 0}
    assert row.facts.isascii()
    east = row.at.astimezone(datetime.timezone(datetime.timedelta(hours=8)))
    assert chain.microseconds(east) == chain.microseconds(row.at)


@pytest.mark.django_db(transaction=True)
def test_it_needs_a_transaction(team: Team) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        chain.append(chain.Event(team.pk, "decision"))


def test_what_is_rolled_back_leaves_no_gap(team: Team) -> None:
    write(team)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        chain.append(chain.Event(team.pk, "decision"))
        raise ZeroDivisionError
    write(team)
    assert verification.verify(team.pk) == (2, None)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_chain(team: Team) -> None:
    def append() -> None:
        try:
            for _ in range(10):
                write(team)
        finally:
            connection.close()

    threads = [threading.Thread(target=append) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verification.verify(team.pk) == (80, None)


# --- Verifying


def broken(team: Team) -> verification.Break:
    found = verification.verify(team.pk)[1]
    assert found is not None
    return found


@pytest.mark.parametrize(
    "change",
    [
        "facts = '{\"review\":7}'",
        "kind = 'undo'",
        "at = '2026-01-01 00:00:00+00:00'",
        "hash = previous",
    ],
)
def test_a_changed_row_is_named(team: Team, change: str) -> None:
    write(team, 5)
    third = entry(team, 3)
    tamper(f"UPDATE log_entry SET {change} WHERE id = {third.pk}")
    assert (broken(team).number, broken(team).entry) == (3, third.pk)


def test_another_person_is_found_out(team: Team, mona: Any) -> None:
    write(team, 3)
    tamper(f"UPDATE log_entry SET by_id = {mona.pk} WHERE number = 2")
    assert broken(team).number == 2


def test_another_previous_hash_is_found_out(team: Team) -> None:
    write(team, 3)
    tamper("UPDATE log_entry SET previous = hash WHERE number = 2")
    assert broken(team).number == 2
    assert "does not follow" in str(broken(team))


def test_a_removed_row_is_named_by_the_one_after_it(team: Team) -> None:
    write(team, 5)
    tamper("DELETE FROM log_entry WHERE number = 3")
    assert broken(team).number == 4
    assert "number 3 is missing" in str(broken(team))


def test_a_removed_end_is_noticed(team: Team) -> None:
    write(team, 5)
    tamper("DELETE FROM log_entry WHERE number > 3")
    assert (broken(team).number, broken(team).entry) == (4, None)


def test_rows_that_changed_places_are_found(team: Team) -> None:
    write(team, 5)
    tamper(
        "UPDATE log_entry SET number = 99 WHERE number = 2",
        "UPDATE log_entry SET number = 2 WHERE number = 3",
        "UPDATE log_entry SET number = 3 WHERE number = 99",
    )
    assert broken(team).number == 2


def test_a_removed_row_with_a_repaired_successor_is_found(team: Team) -> None:
    write(team, 5)
    second = entry(team, 2)
    tamper(
        "DELETE FROM log_entry WHERE number = 3",
        f"UPDATE log_entry SET number = 3, previous = '{second.hash}' WHERE number = 4",
    )
    assert "number 3" in str(broken(team))
    assert "its content was changed" in str(broken(team))


def test_a_forged_row_breaks_its_repaired_successor(team: Team) -> None:
    """The forged row has the right hash, and the next row names that hash: the next
    row's own hash covers the one before, and tells."""
    write(team, 5)
    third = entry(team, 3)
    content = (team.pk, 3, chain.microseconds(third.at), third.kind, None, None, "{}")
    forged = chain.seal(third.previous, *content)
    tamper(
        f"UPDATE log_entry SET facts = '{{}}', hash = '{forged}' WHERE number = 3",
        f"UPDATE log_entry SET previous = '{forged}' WHERE number = 4",
    )
    assert (broken(team).number, broken(team).entry) == (4, entry(team, 4).pk)
    assert "its content was changed" in str(broken(team))


def test_the_command_names_the_first_broken_row(team: Team, capsys: Any) -> None:
    write(team, 3)
    call_command("verify_log")
    assert capsys.readouterr().out == "The log holds: 3 entries.\n"
    second = entry(team, 2)
    tamper("UPDATE log_entry SET facts = '{}' WHERE number >= 2")
    with pytest.raises(SystemExit) as caught:
        call_command("verify_log")
    assert caught.value.code == 1
    said = capsys.readouterr().out
    assert f"number 2, entry {second.pk}: its content was changed" in said
    assert said.count("\n") == 1


def test_a_chain_forged_as_a_whole_differs_from_the_exported_day(
    team: Team, tmp_path: Path, capsys: Any
) -> None:
    write(team, 3)
    call_command("day_hashes", "--day", str(timezone.localdate()))
    exported = capsys.readouterr().out
    said = json.loads(exported)
    assert said[0]["number"] == 3
    assert said[0]["hash"] == entry(team, 3).hash
    file = tmp_path / "hashes.json"
    file.write_text(exported, encoding="utf-8")
    write(team)
    call_command("verify_log", "--against", str(file))
    tamper("DELETE FROM log_entry")
    Chain.objects.all().delete()
    write(team, 4, kind="undo")
    call_command("verify_log")  # it agrees with itself
    with pytest.raises(SystemExit):
        call_command("verify_log", "--against", str(file))
    assert "number 3" in capsys.readouterr().out


def test_a_day_without_entries_exports_nothing(team: Team, capsys: Any) -> None:
    write(team)
    call_command("day_hashes", "--day", "2020-01-01")
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a column has a type there")
@pytest.mark.parametrize(
    "change",
    [
        *("at = 'x'", "at = '2026-13-01 00:00:00'", "at = x'00ff'", "at = 7"),
        *("facts = x'00ff'", "facts = CAST(x'ff' AS TEXT)"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(team: Team, change: str) -> None:
    write(team, 4)
    second = entry(team, 2)
    tamper(f"UPDATE log_entry SET {change} WHERE number = 2")
    assert (broken(team).number, broken(team).entry) == (2, second.pk)
