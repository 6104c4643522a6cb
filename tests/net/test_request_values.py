"""Numbers, days and lines that every database and calendar can hold."""

import datetime

import pytest

from net.request_values import day, number, one_line, storable


@pytest.mark.parametrize(
    ("text", "found"),
    [
        *(("0", 0), ("12", 12), ("9" * 18, 10**18 - 1), ("007", 7)),
        *(("", None), ("-1", None), ("1.5", None), (" 1", None), ("1\n", None)),
        *(("9" * 19, None), ("9" * 5000, None), ("٣", None), ("²", None), ("１", None)),
    ],
)
def test_numbers(text: str, found: int | None) -> None:
    assert number(text) == found


@pytest.mark.parametrize(
    "text",
    [
        *("0001-01-01", "9999-12-31", "1899-12-31", "3000-01-01", "2026-02-30"),
        *("", "2026", "\0", "9" * 5000, "２０２６-01-01"),
    ],
)
def test_days_at_the_ends_of_time_are_none(text: str) -> None:
    assert day(text) is None


def test_a_day() -> None:
    assert day("2026-02-28") == datetime.date(2026, 2, 28)


def test_lines() -> None:
    assert one_line(" a\r\nb\u2028c\x0bd\x00\ud800e\u3000f\x85 ") == "a b c de f"
    assert one_line("\u202egnp.\u2066exe") == "gnp.exe"
    assert one_line("👩\u200d🎨 ک\u200cا") == "👩\u200d🎨 ک\u200cا"
    assert storable("a\0\ud800\udfffb\n") == "ab\n"
