"""Which tests run on both databases: those that depend on it, and none is forgotten."""

import ast
from pathlib import Path

import pytest

from tests.conftest import COLLECTED

TESTS = Path(__file__).parent
#: Called or imported, they are written for one database or for how it locks.
RAW_SQL = {"RawSQL", "RunSQL", "cursor", "executescript", "select_for_update"}
#: Whose rows are locked, claimed, chained, summed, searched or moved by triggers.
SUBJECTS = (
    "accelerate", "budgets", "chain", "claims", "decisions", "every_figure",
    "fair_queue", "gallery", "invariants", "key_comparison", "ledger",
    "lifecycle_machine", "numbers", "populations", "pump", "reports", "runs",
    "sending", "submit", "triggers", "waste", "whole_way",
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


def modules() -> dict[str, ast.Module]:
    found = sorted(TESTS.rglob("test_*.py"))
    return {
        str(path.relative_to(TESTS)): ast.parse(path.read_text(encoding="utf-8"))
        for path in found
        if path != Path(__file__)
    }


def names(tree: ast.AST) -> set[str]:
    """Of all that is called, read from something, or imported."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.alias):
            found.add(node.name)
    return found


def test_raw_sql_and_transaction_cases_run_on_both() -> None:
    either = {"both_databases", "one_database"}
    silent = [
        name
        for name, tree in modules().items()
        if names(tree) & (RAW_SQL | {"TransactionTestCase"})
        and not names(tree) & either
    ]
    assert silent == []


def test_what_depends_on_the_database_is_selected() -> None:
    marked = {
        name for name, tree in modules().items() if "both_databases" in names(tree)
    }
    subjects = {Path(name).stem.removeprefix("test_") for name in marked}
    assert set(SUBJECTS) <= subjects
    assert len(marked) > 70


def test_nothing_says_both(request: pytest.FixtureRequest) -> None:
    """A test's own mark may overrule its module's, and not the other way."""
    for item in request.config.stash[COLLECTED]:
        if item.get_closest_marker("one_database"):
            own = {marker.name for marker in getattr(item, "own_markers", ())}
            is_overruled = item.get_closest_marker("both_databases") is None
            assert is_overruled or "both_databases" in own, item.nodeid
