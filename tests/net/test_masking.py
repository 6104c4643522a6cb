"""An address keeps its host alone, in whatever way its slashes are written."""

import json
import logging
import re
import sys
from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest

from net.masking import MaskedFormatter, without_paths

URL = "https://cdn.example.org/ai/0812-01.png?e=1"
FORMAT = "{asctime} {levelname} {name}: {message}"


@pytest.mark.parametrize(
    "written",
    [
        URL,
        URL.removeprefix("https:"),
        json.dumps({"a": json.dumps({"b": URL})}).replace("/", "\\/"),
        URL.replace("/", "\\u002f"),
        URL.replace("/", "\\u002F"),
        quote(URL, safe=""),
        quote(quote(URL, safe=""), safe=""),
        URL.replace("/", "&#x2F;"),
        URL.replace("/", "&#47;"),
        "https://cdn.example.org?file=0812-01.png",
        "https://cdn.example.org%3Ffile=0812-01.png",
        f"(b'{URL}')",
        f"<img src='{URL}'>",
    ],
)
def test_only_the_host_is_left(written: str) -> None:
    told = without_paths(f"It broke: {written} was not there")
    assert "0812" not in told
    assert "cdn.example.org…" in told
    assert told.startswith("It broke: ")


def test_a_picture_in_the_text_goes_too() -> None:
    told = without_paths('{"image": "data:image/png;base64,iVBORw0KGgo=", "x": 1}')
    assert told == '{"image": "data:image/png…", "x": 1}'


@pytest.mark.parametrize(
    "text",
    [
        "https://cdn.example.org",
        "2024/05/01 12:00, 一/二, 1 // 2, a\\b",
        "GET /generations/7/ 404",
        'File "/srv/portal/generation/archive.py", line 7',
    ],
)
def test_all_else_stays(text: str) -> None:
    assert without_paths(text) == text


@pytest.mark.parametrize("slow", ["\\" * 20_000, "//" * 20_000, "%25" * 10_000])
def test_a_long_text_is_masked_at_once(slow: str) -> None:
    assert len(without_paths(f"{slow} {URL}")) <= len(slow) + len(URL)


def record(message: str, *args: object, exc_info: Any = None) -> logging.LogRecord:
    return logging.LogRecord("a", logging.ERROR, "a.py", 1, message, args, exc_info)


def test_a_log_line_and_its_traceback_are_masked() -> None:
    try:
        raise ValueError(f"{URL} is broken")
    except ValueError:
        told = MaskedFormatter(FORMAT, style="{").format(
            record("%s was not fetched", URL, exc_info=sys.exc_info())
        )
    assert "0812" not in told
    assert "Traceback" in told
    assert told.count("cdn.example.org…") == 2


def test_the_time_of_a_log_line_has_its_offset() -> None:
    row = record("hello")
    row.created = 1_760_000_000.25
    told = MaskedFormatter(FORMAT, style="{").format(row)
    at, words = told.split(" ", 1)
    assert datetime.fromisoformat(at).timestamp() == 1_760_000_000
    assert re.search(r"[+-]\d{4}$", at)
    assert words == "ERROR a: hello"


def test_the_portals_log_is_masked() -> None:
    formatters = [handler.formatter for handler in logging.getLogger().handlers]
    assert any(isinstance(each, MaskedFormatter) for each in formatters)


@pytest.mark.parametrize("broken", ["\n", "\r", "\x1b", "\x85", "\u2028", "\u202e"])
def test_a_foreign_text_writes_no_line_of_its_own(broken: str) -> None:
    told = MaskedFormatter(FORMAT, style="{").format(
        record("Refused: %s", f"no{broken}2026-01-01 ERROR root: forged")
    )
    assert broken not in told
    assert "forged" in told
