"""The table of mutants fits the code, and the runner tells results apart.

The mutants themselves are tried by script/mutants.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.mutants import __main__ as command
from tests.mutants import runner, table
from tests.mutants.runner import Outcome, Result
from tests.mutants.table import Mutant, TableError

ROWS = table.load()
PRICE = "def price(pictures):\n    return 2 * pictures\n"
TESTS = """
from shop.price import price

def test_the_price_of_two():
    assert price(2) == 4

def test_it_takes_none():
    assert price(0) == 0

def test_that_fails_always():
    assert price(1) == 1
"""


def mutant(name: str, **fields: Any) -> Mutant:
    common: dict[str, Any] = {"old": "2 * pictures", "new": "3 * pictures"}
    common |= {"tests": ("tests::test_the_price_of_two",), "why": "A wrong price."}
    return Mutant(name=name, file="shop/price.py", **{**common, **fields})


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A repository with one function and its tests."""
    files = {"shop/price.py": PRICE, "tests/test_price.py": TESTS}
    files |= {"tests/mutants/template.py": ""}
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_row_applies_once(row: Mutant) -> None:
    assert not table.problems(row)


def test_every_part_has_mutants() -> None:
    packages = Counter(row.file.partition("/")[0] for row in ROWS)
    wanted = {"gateways", "generation", "log", "moderation", "net", "notifications"}
    assert set(packages) >= wanted | {"reconciliation", "spend"}
    assert sum(packages.values()) >= 66


@pytest.mark.slow
def test_the_working_tree_is_not_touched(shop: Path, monkeypatch: Any) -> None:
    """One row of each result, on a repository without Django."""
    monkeypatch.setattr(runner, "ROOT", shop)
    monkeypatch.setattr(runner, "nodes", lambda test: table.nodes(test, shop))
    monkeypatch.setattr(runner, "problems", lambda row: table.problems(row, shop))
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
    none = ("tests::test_it_takes_none",)
    rows = [
        mutant("caught"),
        mutant("survived", tests=none),
        mutant("explained", tests=none, survives="Nought times three is nought."),
        mutant("misfit", old="4 * pictures"),
        mutant("broken", tests=("tests::test_that_fails_always",)),
        mutant("no-python", new="2 *"),
    ]
    results = {row.mutant.name: row.result for row in runner.run(rows)}
    assert results == {
        "caught": Result.CAUGHT,
        "survived": Result.SURVIVED,
        "explained": Result.EXPLAINED,
        "misfit": Result.MISFIT,
        "broken": Result.BROKEN,
        "no-python": Result.BROKEN,
    }
    assert (shop / "shop/price.py").read_text("utf-8") == PRICE


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"old": "pictures"}, "the old text occurs 2 times in shop/price.py"),
        ({"old": "4"}, "the old text occurs 0 times in shop/price.py"),
        ({"new": "2 * pictures"}, "old and new text are the same"),
        ({"tests": ()}, "no tests"),
        ({"tests": ("tests::test_gone",)}, "no test tests::test_gone"),
        ({"tests": ("tests/gone.py",)}, "no test tests/gone.py"),
        ({"database": "oracle"}, "no database oracle"),
        ({"why": ""}, "no reason"),
    ],
)
def test_a_row_that_cannot_be_tried_is_named(
    shop: Path, fields: dict[str, Any], problem: str
) -> None:
    assert table.problems(mutant("m", **fields), shop) == [problem]


def test_a_file_that_is_gone_is_named(shop: Path) -> None:
    (shop / "shop/price.py").unlink()
    assert table.problems(mutant("m"), shop) == ["no file shop/price.py"]


@pytest.mark.parametrize(
    "text",
    ["[m]\nfile = 'a'", "[m]\nolder = 'a'\ntests = []", "name = 'm'"],
)
def test_a_row_with_other_fields_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "rows.toml").write_text(text, "utf-8")
    with pytest.raises(TableError):
        table.load(tmp_path)


def test_two_rows_have_two_names(tmp_path: Path) -> None:
    row = "[m]\nfile = 'a'\nold = 'b'\nnew = 'c'\ntests = ['d']\nwhy = 'e'\n"
    for name in ("one.toml", "two.toml"):
        (tmp_path / name).write_text(row, "utf-8")
    with pytest.raises(TableError, match="m is there twice"):
        table.load(tmp_path)


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (Result.CAUGHT, 0),
        (Result.EXPLAINED, 0),
        (Result.NOT_RUN, 0),
        (Result.SURVIVED, 1),
        (Result.MISFIT, 1),
        (Result.BROKEN, 1),
        (Result.TIMED_OUT, 1),
    ],
)
def test_the_exit_code_says_whether_all_are_caught(
    monkeypatch: Any, capsys: Any, result: Result, code: int
) -> None:
    monkeypatch.setattr(runner, "run", lambda rows: [Outcome(rows[0], result, "why")])
    monkeypatch.setattr(command.signal, "signal", lambda *_: None)
    name = ROWS[0].name
    assert command.main([name]) == code
    shown = capsys.readouterr().out
    assert f"{name}  {result}" in shown
    assert f"1 mutants: 1 {result}" in shown


def test_an_unknown_name_is_misuse(monkeypatch: Any) -> None:
    monkeypatch.setattr(command.signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        command.main(["no-such-mutant"])
    assert ended.value.code == 2
