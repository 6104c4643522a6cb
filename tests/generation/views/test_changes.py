"""Reuse tells what the form asks for otherwise than its origin."""

import pytest

from tests import factories
from tests.pages import HTMX

pytestmark = pytest.mark.usefixtures("listed")

SAID = {"model": "1", "size": "1024x768", "pictures": 2, "negative_prompt": "hats"}


@pytest.fixture
def origin(alice):
    return factories.generation(alice, prompt="a heron", parameters=SAID)


def told(client, origin, **changed):
    posted = {n: str(value) for n, value in SAID.items()} | {"prompt": "a heron"}
    posted |= {"operation": origin.operation, "repeats": origin.pk, **changed}
    headers = {**HTMX, "HX-Target": "changes"}
    return client.post("/", posted, headers=headers).text


def test_nothing_is_changed_at_first(alice, signed_in, origin):
    page = signed_in(alice).get(f"/?again={origin.pk}").text
    assert f'The same as <a href="/generations/{origin.pk}/">' in page
    assert "data-differs" not in page
    assert "data-differs" not in told(signed_in(alice), origin)


def test_what_was_left_alone_is_no_change(alice, signed_in):
    bare = factories.generation(alice, prompt="a heron", parameters={})
    assert "data-differs" not in signed_in(alice).get(f"/?again={bare.pk}").text


@pytest.mark.parametrize(
    ("changed", "name", "old"),
    [
        ({"pictures": "3"}, "pictures", "2"),
        ({"prompt": "a crane"}, "prompt", "a heron"),
        ({"negative_prompt": ""}, "negative_prompt", "hats"),
        ({"own_negative_only": "on"}, "own_negative_only", "empty"),
        ({"operation": "wujie-midjourney"}, "operation", "Wujie drawing"),
    ],
)
def test_a_change_is_told_with_the_old_value(
    alice, signed_in, origin, changed, name, old
):
    part = told(signed_in(alice), origin, **changed)
    row = part.split(f'data-differs="{name}"', 1)[1].split("</li>")[0]
    assert row.endswith(f"</span> {old}")


def test_the_origin_of_others_is_not_told(bob, signed_in, origin):
    assert "a heron" not in told(signed_in(bob), origin, prompt="x")


def test_the_origin_of_a_teammate_is_not_told(signed_in, origin):
    carol = factories.user("carol")
    assert "a heron" not in told(signed_in(carol), origin, prompt="x")


def test_a_page_without_an_origin_has_none(alice, signed_in):
    assert 'id="changes"' not in signed_in(alice).get("/").text
