"""No spreadsheet takes a cell for a formula; every export goes this way."""

import csv
import io
import re
from pathlib import Path

import pytest
from django.utils.translation import gettext_lazy

from spend.csv_export import as_csv

ROOT = Path(__file__).resolve().parent.parent.parent


def written(*cells: object) -> list[str]:
    text = b"".join(as_csv("name", [cells]).streaming_content).decode("utf-8-sig")
    return next(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize(
    "cell",
    [
        *("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1"),
        *("＝1+1", "＋cmd", "－2+3", "＠SUM(1)", "\n=1+1", "\r\n＝1+1", "\n"),
        *(" =1+1", "\u3000＝1", "\u00a0@x", "\u200b=1", "\ufeff+1", "\x0b-1", "\0=1"),
        *("﹢1", "﹣1", "﹦1", "﹫x", "⁺1", "⁼1", "−1", "\u2028=1", "\x1f1"),
    ],
)
def test_a_formula_is_defused(cell: str) -> None:
    assert written("kept", cell) == ["kept", f"'{cell}"]


def test_a_translated_formula_is_defused() -> None:
    assert written(gettext_lazy("=1+1")) == ["'=1+1"]


@pytest.mark.parametrize(
    "cell",
    ["", "a=1", "alice", "汉字", "1+1", "“quoted”", "ａ＝1", " x", "'=1", "…", "a\n=1"],
)
def test_other_words_are_left_alone(cell: str) -> None:
    assert written(cell, "") == [cell, ""]


def test_numbers_stay_numbers() -> None:
    assert written(-5, -0.5, None) == ["-5", "-0.5", ""]


def test_no_export_writes_its_own_csv() -> None:
    """A second writer would forget to defuse."""
    found = [
        path.relative_to(ROOT).as_posix()
        for path in ROOT.glob("[!.]*/**/*.py")
        if re.search(r"\bcsv\.(writer|DictWriter)\b|text/csv", path.read_text("utf-8"))
    ]
    own = [path for path in found if not path.startswith(("tests/", "bench/"))]
    assert own == ["spend/csv_export.py"]
