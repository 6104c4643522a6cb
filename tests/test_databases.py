"""Which tests run on both databases: those that depend on it, and none is forgotten."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import COLLECTED

TESTS = Path(__file__).parent
#: Called or imported, they are written for one database or for how it locks.
RAW_SQL = {"RawSQL", "RunSQL", "cursor", "executescript", "select_for_update"}
#: Whose rows are locked, claimed, chained, summed, searched or moved by triggers.
SUBJECTS = (
    "accelerate", "budgets", "chain", "decisions", "every_figure", "fair_queue",
    "folding", "gallery", "invariants", "key_comparison", "ledger", "lifecycle_machine",
    "numbers", "populations", "pump", "reports", "review_leases", "runs", "sending",
    "submit", "triggers", "waste", "whole_way",
)  # fmt: skip


def has_real_transactions(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    asks = bool(marker and marker.kwargs.get("transaction"))
    return asks or "transactional_db" in getattr(item, "fixturenames", ())


def test_real_transactions_say_on_which_database(
    request: pytest.FixtureRequest,
) -> None:
    """A live server needs them too, and is no reason to run on both."""
    silent = [
        item.nodeid
        for item in request.config.stash[COLLECTED]
        if has_real_transactions(item)
        and "live_server" not in getattr(item, "fixturenames", ())
        and not item.get_closest_marker("both_databases")
        and not item.get_closest_marker("one_database")
    ]
    assert silent == []


@cache
def names() -> dict[str, set[str]]:
    """Of each module of tests: all that it calls, reads from something, or imports."""
    return {
        str(path.relative_to(TESTS)): set(named(path))
        for path in sorted(TESTS.rglob("test_*.py"))
        if path != Path(__file__)
    }


def named(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.alias):
            yield node.name


def test_raw_sql_and_transaction_cases_run_on_both() -> None:
    silent = [
        module
        for module, found in names().items()
        if found & (RAW_SQL | {"TransactionTestCase"})
        and not found & {"both_databases", "one_database"}
    ]
    assert silent == []


def test_what_depends_on_the_database_is_selected() -> None:
    marked = {module for module, found in names().items() if "both_databases" in found}
    subjects = {Path(module).stem.removeprefix("test_") for module in marked}
    assert set(SUBJECTS) <= subjects
    assert len(marked) > 70


def test_of_cases_of_the_wire_the_first_runs_on_both(
    request: pytest.FixtureRequest,
) -> None:
    runs: dict[str, list[bool]] = {}
    for item in request.config.stash[COLLECTED]:
        if item.get_closest_marker("cases_of_the_wire"):
            assert item.get_closest_marker("both_databases"), item.nodeid
            is_first = item.get_closest_marker("further_case") is None
            runs.setdefault(item.nodeid.partition("[")[0], []).append(is_first)
    for name, which in runs.items():
        assert which == [True] + [False] * (len(which) - 1), name


def test_nothing_says_both(request: pytest.FixtureRequest) -> None:
    """A test's own mark may overrule its module's, and not the other way."""
    for item in request.config.stash[COLLECTED]:
        marks = {"both_databases", "one_database"}
        if marks <= {mark.name for mark in item.iter_markers()}:
            own = {mark.name for mark in item.own_markers}
            assert "both_databases" in own, item.nodeid
