"""Joined style sheets: all parts in order, kept by browsers, apart while debugging."""

import gzip
import re

import pytest
from django.contrib.staticfiles import finders
from django.template import engines
from django.test import Client

from wjportal import styles
from wjportal.settings import BASE_DIR


def shown(sheet):
    made = engines["django"].from_string(f'{{% styles "{sheet}" %}}').render()
    return re.findall(r'<link rel="stylesheet" href="/static/([^"]+)">', made)


@pytest.mark.parametrize("sheet", styles.SHEETS)
def test_all_parts_stand_in_one_file_in_their_order(sheet):
    (name,) = shown(sheet)
    joined = styles.JOINED / name
    parts = [
        (BASE_DIR / f"static/css/{part}.css").read_text()
        for part in styles.SHEETS[sheet]
    ]
    assert joined.read_text() == "\n".join(parts)
    assert gzip.decompress(joined.with_name(f"{joined.name}.gz").read_bytes()) == (
        joined.read_bytes()
    )


def test_while_debugging_they_stand_apart(settings):
    settings.DEBUG = True
    assert shown("create") == ["css/create.css", "css/strips.css"]


def test_another_content_has_another_name(monkeypatch):
    before = styles.joined("create")
    monkeypatch.setitem(styles.SHEETS, "create", ("strips", "create"))
    assert styles.joined.__wrapped__("create") != before


@pytest.mark.django_db  # the end of an answer closes connections
def test_browsers_keep_it_and_get_it_compressed():
    address = f"/static/{styles.joined('shell')}"
    answer = Client().get(address, headers={"accept-encoding": "gzip"})
    content = b"".join(answer.streaming_content)
    answer.close()
    assert "immutable" in answer["Cache-Control"]
    assert answer["Content-Encoding"] == "gzip"
    assert b"--" in gzip.decompress(content)
    plain = Client().get("/static/css/tokens.css")
    plain.close()
    assert "immutable" not in plain["Cache-Control"]


def test_it_is_found_by_its_name_alone():
    known = styles.joined("shell")
    assert finders.find(known) == str(styles.JOINED / known)
    assert finders.find(known, find_all=True) == [str(styles.JOINED / known)]
    assert not finders.find("css/shell.0123456789ab.css")
