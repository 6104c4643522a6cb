"""Sample pictures of what a gateway lists: fetched once, small, for members alone."""

import pytest
from django.core.files.storage import default_storage

from gateways import catalogue
from gateways.providers.base import Choice
from generation import samples

pytestmark = pytest.mark.django_db


@pytest.fixture
def listed(sandbox):
    catalogue.refresh()
    return catalogue.read("wujie").choices("1", "artist")


def test_they_are_fetched_in_portions(listed, sandbox, monkeypatch):
    monkeypatch.setattr(samples, "MOST_FETCHED", 3)
    assert samples.fetch_missing() == 3
    assert samples.fetch_missing() == 3
    before = sandbox.state()["requests"]["cdn.result"]
    monkeypatch.setattr(samples, "MOST_FETCHED", 100)
    samples.fetch_missing()
    assert samples.fetch_missing() == 0  # all are there
    assert sandbox.state()["requests"]["cdn.result"] > before
    for choice in listed:
        assert default_storage.exists(samples.name(samples.digest(choice.picture)))


def test_one_that_fails_is_left_alone(listed, sandbox):
    sandbox.switch(faults={"cdn.result": {"kind": "not_found"}})
    assert samples.fetch_missing() == 0
    asked = sandbox.state()["requests"]["cdn.result"]
    sandbox.switch(faults={"cdn.result": None})
    samples.fetch_missing()
    # The next ones are tried, those not again.
    assert sandbox.state()["requests"]["cdn.result"] <= 2 * asked


def test_nothing_is_fetched_from_elsewhere(listed, monkeypatch):
    elsewhere = Choice("x", "x", picture="https://elsewhere.example/x.png")
    monkeypatch.setattr(samples, "_listed", lambda: [elsewhere.picture])
    assert samples.fetch_missing() == 0


def test_the_form_shows_them_to_members_alone(listed, alice, signed_in, client):
    samples.fetch_missing()
    path = f"/uploads/samples/{samples.digest(listed[0].picture)}/"
    page = signed_in(alice).get("/?open=all").content.decode()
    assert path in page
    assert "/cdn/samples" not in page
    answer = signed_in(alice).get(path)
    assert b"".join(answer)[8:12] == b"WEBP"
    assert client.get(path).status_code == 302


def test_until_it_is_here_one_of_ours_stands_there(alice, signed_in):
    answer = signed_in(alice).get("/uploads/samples/none/")
    assert answer.url == "/static/operations/wujie-drawing.svg"
    assert "max-age" not in answer.headers.get("Cache-Control", "")
