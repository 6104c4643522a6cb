"""Decisions, reveals, closed months and steps of differences agree with the log."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import User
from log import chain, logged_rows
from log.append_only import digest
from log.models import Entry
from moderation.models import Decision, Reveal
from spend.models import ClosedMonth
from tests.tampering import tamper

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_what_the_portal_writes_agrees(everything: User) -> None:
    assert list(logged_rows.broken()) == []
    kinds = set(Entry.objects.values_list("kind", flat=True))
    assert kinds == {"decision", "reveal", "reopen", "month", "step", "export"}


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("moderation_decision", "note = 'x'"),
        ("moderation_decision", "text = 'x'"),
        ("moderation_decision", "decided_by_id = NULL"),
        ("moderation_decision", "decided_at = '2026-01-01 00:00:00+00:00'"),
        ("moderation_reveal", "label = 'x'"),
        ("labels_export", "purpose = 'x'"),
        ("labels_export", "is_explicit = TRUE"),
        ("spend_closedmonth", "statement = '[1]'"),
        ("reconciliation_differencestep", "note = 'x'"),
        ("reconciliation_differencestep", "by_id = NULL"),
    ],
)
def test_a_changed_row_is_named(
    everything: User, capsys: pytest.CaptureFixture[str], table: str, change: str
) -> None:
    tamper(f"UPDATE {table} SET {change} WHERE id = (SELECT MAX(id) FROM {table})")
    with pytest.raises(SystemExit):
        call_command("verify_log")
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(table.replace("_", ".", 1))
    assert line.endswith("its content was changed")


@pytest.mark.parametrize(
    "table", ["moderation_reveal", "spend_closedmonth", "reconciliation_differencestep"]
)
def test_an_emptied_table_is_noticed(
    everything: User, capsys: pytest.CaptureFixture[str], table: str
) -> None:
    way = "TRUNCATE" if connection.vendor == "postgresql" else "DELETE FROM"
    tamper(f"{way} {table}")
    with pytest.raises(SystemExit):
        call_command("verify_log")
    said = capsys.readouterr().out
    assert said
    for line in said.splitlines():
        assert line.startswith(table.replace("_", ".", 1))
        assert line.endswith("the log names it, and it is gone")


def test_a_removed_decision_is_noticed(everything: User) -> None:
    gone = Decision.objects.latest("pk")
    tamper(f"DELETE FROM moderation_decision WHERE id = {gone.pk}")
    assert list(logged_rows.broken()) == [
        f"moderation.decision {gone.pk}: the log names it, and it is gone"
    ]


def test_a_row_that_nobody_logged_is_named(everything: User) -> None:
    seen = Reveal.objects.latest("pk")
    forged = Reveal.objects.create(artwork=seen.artwork, revealed_by=everything)
    assert list(logged_rows.broken()) == [
        f"moderation.reveal {forged.pk}: no entry of the log names it"
    ]


def test_a_text_like_a_mark_is_no_row(everything: User) -> None:
    """A moderator writes what an entry writes about its row."""
    assert '"row":[' in Entry.objects.filter(kind="reveal")[0].facts
    chain.append(
        chain.Event(
            ClosedMonth.objects.get().team_id,
            "report",
            facts={"text": '"row":["moderation.reveal",1,"00"]'},
        )
    )
    assert list(logged_rows.broken()) == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a column has a type there")
def test_rows_that_cannot_be_read_are_told(everything: User) -> None:
    tamper("UPDATE moderation_reveal SET revealed_at = '2026-13-01 00:00:00'")
    assert list(logged_rows.broken()) == [
        "moderation.reveal: its rows cannot be read: ValueError"
    ]


def test_a_zone_does_not_change_a_digest(everything: User) -> None:
    row = Reveal.objects.latest("pk")
    before = digest(row)
    row.revealed_at = timezone.localtime(row.revealed_at)
    assert digest(row) == before
