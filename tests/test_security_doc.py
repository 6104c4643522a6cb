"""docs/security.md: its counts, its numbers, and the tests and files that it names."""

import ast
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "security.md"
STATES = ("holds", "open", "does not apply")
#: Of levels 1 and 2 of ASVS 5.0.0, by chapter from 1 on. In each section these are its
#: first numbers, without a gap.
BY_CHAPTER = (27, 11, 19, 10, 9, 35, 18, 7, 7, 29, 14, 9, 13, 9, 13, 16, 7)
#: Sections of level 3 alone.
LEVEL_3 = {(3, 1), (3, 6), (6, 7), (15, 4)}
CODE = re.compile(r"`([^`\n]+)`")
TEST = re.compile(r"([\w/]+\.py)::(test_\w+)")
FILE = re.compile(r"(?:\w+/)+[\w.]+|\w+\.(?:py|toml)")
LINK = re.compile(r"\]\((?:[\w/.-]*\.md)?(?:#[\w-]+)?\)")
OPERATOR = "Operator:"

Number = tuple[int, int, int]


@dataclass(frozen=True)
class Row:
    numbers: tuple[Number, ...]
    topic: str
    state: str
    why: str


def text() -> str:
    return DOCUMENT.read_text(encoding="utf-8")


def rows(document: str) -> list[Row]:
    """Of all tables whose first cell is ``1.2.3`` or ``1.2.3–1.2.5``."""
    found = []
    for line in document.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if re.match(r"\| \d+\.", line):
            assert len(cells) == 4, line
            found.append(Row(numbers(cells[0]), *cells[1:]))
    return found


def numbers(cell: str) -> tuple[Number, ...]:
    first, *rest = (number(part) for part in cell.split("–"))
    last = rest[0] if rest else first
    assert first[:2] == last[:2], cell
    assert first[2] <= last[2], cell
    return tuple((*first[:2], at) for at in range(first[2], last[2] + 1))


def number(written: str) -> Number:
    chapter, section, at = map(int, written.split("."))
    return chapter, section, at


def gaps(found: Iterable[Number]) -> list[str]:
    """Numbers that stand twice or out of order, and what is missing between."""
    told: list[str] = []
    before: Number = (0, 0, 0)
    for one in found:
        if one not in successors(before):
            told.append(f"{written(before)}, then {written(one)}")
        before = one
    return told


def successors(of: Number) -> set[Number]:
    chapter, section, at = of
    following = section + 1
    while (chapter, following) in LEVEL_3:
        following += 1
    first = 2 if (chapter + 1, 1) in LEVEL_3 else 1
    return {
        (chapter, section, at + 1),
        (chapter, following, 1),
        (chapter + 1, first, 1),
    }


def written(of: Number) -> str:
    return ".".join(map(str, of))


# --- Counts


def counts(of: Iterable[Row]) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in of:
        found[row.state] += len(row.numbers)
    return found


def summary(document: str) -> dict[str, list[int]]:
    """Heading of a chapter, or "all" → holds, open, does not apply, all."""
    line = re.compile(r"\| (?:\[(V\d+)[^|]*|\*\*(all)\*\*) \|([ \d|]+)\|")
    return {
        chapter or whole: [int(cell) for cell in cells.split("|")]
        for chapter, whole, cells in line.findall(document)
    }


def test_the_summary_counts_the_rows() -> None:
    found = {"all": rows(text())}
    for row in found["all"]:
        found.setdefault(f"V{row.numbers[0][0]}", []).append(row)
    counted = {
        name: [*(counts(of)[state] for state in STATES), counts(of).total()]
        for name, of in found.items()
    }
    assert summary(text()) == counted


def test_the_sentences_count_the_rows() -> None:
    one_line = " ".join(text().split())
    found = counts(rows(text()))
    operators = [row for row in rows(text()) if row.why.startswith(OPERATOR)]
    assert {row.state for row in operators} == {"open"}
    assert f"levels 1 and 2 together: {found.total()} requirements" in one_line
    assert (
        f"Now {found['holds']} hold, {found['open']} are open and"
        f" {found['does not apply']} do not apply. Of the open ones,"
        f" {counts(operators).total()} rest with the operator"
    ) in one_line


# --- Numbers


def test_each_requirement_stands_once() -> None:
    found = [one for row in rows(text()) for one in row.numbers]
    assert gaps(found) == []
    by_chapter = Counter(chapter for chapter, _, _ in found)
    expected = dict(enumerate(BY_CHAPTER, start=1))
    assert by_chapter == expected
    assert sum(BY_CHAPTER) == 253


def test_a_gap_is_found() -> None:
    at_a_gap = [(1, 1, 1), (1, 1, 3), (1, 2, 1), (2, 1, 1), (2, 1, 1)]
    assert gaps(at_a_gap) == ["1.1.1, then 1.1.3", "2.1.1, then 2.1.1"]
    assert gaps(numbers("1.1.1–1.1.4")) == []
    assert gaps([(1, 1, 1), (2, 1, 1), (3, 2, 1), (3, 3, 1), (3, 5, 1)]) == [
        "3.3.1, then 3.5.1"
    ]


def test_each_row_has_a_state_and_a_reason() -> None:
    for row in rows(text()):
        assert row.state in STATES, row
        assert row.topic, row
        assert row.why, row


# --- Places


@cache
def functions(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
    )


def is_missing(place: str) -> bool:
    if test := TEST.fullmatch(place):
        path = ROOT / "tests" / test[1]
        return not path.is_file() or test[2] not in functions(path)
    return not (ROOT / place).exists()


def places(why: str) -> Iterator[str]:
    """Tests, and files that are named by their path."""
    for code in CODE.findall(why):
        if TEST.fullmatch(code) or (FILE.fullmatch(code) and "text/" not in code):
            yield code


def test_what_holds_names_its_place() -> None:
    for row in rows(text()):
        if row.state == "holds":
            assert any(places(row.why)) or LINK.search(row.why), row


@pytest.mark.parametrize("state", STATES)
def test_each_named_place_exists(state: str) -> None:
    named = [places(row.why) for row in rows(text()) if row.state == state]
    missing = set(filter(is_missing, itertools.chain.from_iterable(named)))
    assert missing == set()


def test_a_missing_place_is_found() -> None:
    why = (
        "`wjportal/settings.py`, `wjportal/gone.py`, `test_docs.py::test_gone`, "
        "`test_docs.py::test_links_lead_somewhere`, `gone/test_docs.py::test_x`, "
        "`no-store`, `text/plain`, `pyproject.toml`"
    )
    assert list(filter(is_missing, places(why))) == [
        "wjportal/gone.py",
        "test_docs.py::test_gone",
        "gone/test_docs.py::test_x",
    ]
