import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.providers import reading

#: Anything that JSON can say, and a few things that only Python's reader takes.
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"<html>",
        b'{"code":"200"',
        b"\xff\xfe\xfa",
        b"[" * 100_000,
        b'{"a":' * 2000 + b"1" + b"}" * 2000,
        b"1" * 5000,
    ],
)
def test_what_is_not_readable_json_is_none(source):
    assert reading.parse(source) is None


def test_parsed_text_can_be_stored_anywhere():
    parsed = reading.parse(
        r'{"a\u0000": "\ud800x\u0000", "n": [NaN, 1e999, -Infinity]}'
    )
    assert parsed == {"a": "?x", "n": [None, None, None]}


def test_parse_leaves_ordinary_values_alone():
    value = {"a": [1, 2.5, "浮世绘 🎨", None, True], "b": {}}
    assert reading.parse(json.dumps(value)) == value


def test_a_huge_value_is_kept_as_the_head_of_its_text():
    assert reading.raw({"a": 1}) == {"a": 1}
    kept = reading.raw({"a": "山" * 100_000})
    assert isinstance(kept, str)
    assert len(kept) == reading.RAW_CHARS
    assert kept.startswith('{"a": "山')


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (4, 4),
        ("4", 4),
        (" 4 ", 4),
        (4.0, 4),
        (-1, -1),
        ("-1", -1),
        (4.5, None),
        (True, None),
        (None, None),
        ("", None),
        ("four", None),
        ([4], None),
        (10**30, None),
        (2**31, None),
        (math.nan, None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_an_integer_is_read_from_what_looks_like_one(value, expected):
    assert reading.integer(value) == expected


def test_a_count_is_never_negative():
    assert reading.count(-1) is None
    assert reading.count("0") == 0


@pytest.mark.parametrize("value", [1, "1", True, "true", "yes", 2, {}, [], "?"])
def test_a_flag_that_is_set_or_unreadable_counts(value):
    assert reading.flag(value) is True


@pytest.mark.parametrize("value", [0, "0", False, "false", "False", None, "", " "])
def test_a_flag_that_is_not_set_does_not_count(value):
    assert reading.flag(value) is False


@pytest.mark.parametrize("value", [200, "200", " 200"])
def test_a_code_is_the_same_as_string_and_number(value):
    assert reading.code_of(value) == "200"


def test_a_key_too_long_to_store_is_none():
    assert reading.key_of("A" * 32) == "A" * 32
    assert reading.key_of("A" * 101) == ""


@given(values)
def test_no_reader_ever_raises(value):
    for read in (
        reading.text,
        reading.number,
        reading.integer,
        reading.count,
        reading.flag,
        reading.mapping,
        reading.rows,
        reading.code_of,
        reading.key_of,
    ):
        read(value)
