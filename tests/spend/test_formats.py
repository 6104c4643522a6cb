"""Numbers, times and amounts as every page writes them."""

import datetime
import json

import pytest
from django.utils import timezone, translation

from generation.templatetags.generation import shape
from spend.templatetags import formats


def test_thousands_are_set_apart():
    assert formats.whole(1204) == "1\N{NARROW NO-BREAK SPACE}204"
    assert formats.whole(-1204) == "-1\N{NARROW NO-BREAK SPACE}204"
    assert formats.whole(None) == ""


def test_one_is_not_many():
    assert formats.amount(1, "integral") == "1 integral"
    assert formats.amount(48, "integral") == "48 integrals"
    assert formats.amount(1, "image") == "1 image"
    assert formats.amount(48, "second") == "48 seconds"
    assert formats.amount(0, "image") == "0 images"


@pytest.mark.parametrize(
    ("part", "of", "expected"),
    [
        (352, 400, "w-90"),
        (0, 400, "w-0"),
        (1, 0, "w-0"),
        (500, 400, "w-100"),
        (-3, 400, "w-0"),
        (None, 1, "w-0"),
    ],
)
def test_a_bar_never_leaves_its_frame(part, of, expected):
    assert formats.share(part, of) == expected


INNER = json.dumps({"url": "https://cdn.example.org/ai/0812-01.jpg-v800?e=1", "x": 1})


@pytest.mark.parametrize(
    "answer",
    [
        {"picture_url": "https://cdn.example.org/ai/0812-01.png", "audit_info": INNER},
        [{"image": "//cdn.example.org/0812.png"}],
        json.dumps({"audit_info": INNER})[:-3],
        json.dumps({"a": INNER}).replace("/", "\\/"),
        "<html><img src='http://cdn.example.org:8501/0812.png'>",
    ],
)
def test_evidence_tells_no_address_of_a_picture(answer):
    told = formats.evidence(answer)
    assert "cdn.example.org" in told
    assert "0812" not in told
    assert told.count("…") == str(answer).count("cdn.example.org")


def test_evidence_keeps_all_else():
    answer = {"status": 4, "audit_info": INNER, "time": "2024/05/01", "text": "一/二"}
    told = json.loads(formats.evidence(answer))
    assert told == answer | {
        "audit_info": INNER.replace("/ai/0812-01.jpg-v800?e=1", "…")
    }


def test_times_are_relative_and_exact():
    at = timezone.now() - datetime.timedelta(minutes=3, seconds=5)
    written = formats.moment(at)
    assert ">3\N{NO-BREAK SPACE}minutes ago</time>" in written
    assert f'title="{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"' in written
    assert formats.since(timezone.now()) == "just now"
    assert formats.moment(None) == ""


def test_seconds_become_minutes():
    assert (formats.clock(40), formats.clock(125)) == ("40 s", "2 min")


def test_a_capped_count_says_so():
    assert formats.capped(7, 1000) == "7"
    assert formats.capped(1001, 1000) == "1\N{NARROW NO-BREAK SPACE}000+"


@pytest.mark.parametrize(
    ("size", "sides"),
    [
        ("1024x768", (24, 18)),
        ("1024*1536", (16, 24)),
        ("square", (24, 24)),
        ("0x0", (24, 24)),
    ],
)
def test_a_size_has_a_shape(size, sides):
    drawn = shape(size)
    assert (drawn.width, drawn.height) == sides


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "just now"),
        (-130, "2\N{NO-BREAK SPACE}minutes ago"),
        (30, "within a minute"),
        (605, "in 10\N{NO-BREAK SPACE}minutes"),
        # Three months in any part of the year.
        (100 * 86_400, "in 3\N{NO-BREAK SPACE}months"),
    ],
)
def test_a_moment_is_before_or_ahead(seconds, words):
    at = timezone.now() + datetime.timedelta(seconds=seconds)
    assert formats.since(at) == words


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "20\N{NO-BREAK SPACE}minutes ago"), ("zh-hans", "20分钟前")],
)
def test_chinese_writes_no_space_after_a_number(language: str, words: str) -> None:
    with translation.override(language):
        assert formats.since(timezone.now() - datetime.timedelta(minutes=20)) == words
