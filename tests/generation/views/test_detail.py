"""The page of one generation, for those who may see it."""

from urllib.parse import urlsplit

import pytest

from generation.models import Generation, ProviderTask
from tests import factories


@pytest.fixture
def running(alice):
    made = factories.generation(
        alice,
        status=Generation.Status.RUNNING,
        prompt="一只白鹤",
        answer='{"code": "200"}',
    )
    factories.task(
        made, key="KEY-1", answer={"status": 2}, status="drawing", percent=40
    )
    return made


def page(client, generation):
    return client.get(f"/generations/{generation.pk}/")


def test_it_tells_all_about_it(running, alice, signed_in):
    said = page(signed_in(alice), running).content.decode()
    for words in ("一只白鹤", "KEY-1", "drawing 40 %", "reserved", "4 integrals"):
        assert words in said
    assert "&quot;status&quot;: 2" in said  # the raw answer
    assert f"generation:{running.pk}" in said  # its movements


def test_bob_gets_nothing(running, bob, signed_in):
    assert page(signed_in(bob), running).status_code == 404


def test_a_colleague_gets_nothing_a_moderator_does(running, mona, signed_in):
    assert page(signed_in(factories.user("carl")), running).status_code == 404
    assert page(signed_in(mona), running).status_code == 200


def test_money_is_for_who_may_see_it(running, mona, otto, signed_in):
    assert "generation:" not in page(signed_in(mona), running).content.decode()
    assert "generation:" in page(signed_in(otto), running).content.decode()


def test_only_a_get_shows_it(running, alice, signed_in):
    assert signed_in(alice).post(f"/generations/{running.pk}/").status_code == 405


def test_a_number_beyond_all_is_not_found(alice, signed_in):
    assert signed_in(alice).get(f"/generations/{10**30}/").status_code == 404


def test_queries_do_not_grow_with_the_tasks(
    running, alice, signed_in, django_assert_max_num_queries
):
    for position in range(1, 9):
        factories.task(running, position=position)
    client = signed_in(alice)
    with django_assert_max_num_queries(15):
        page(client, running)


def test_a_held_picture_has_no_address_here(alice, signed_in):
    held = factories.artwork(alice, moderation="held")
    raw = {
        "picture_url": held.source_url,
        "audit_info": f'{{"url": "{held.source_url}"}}',
    }
    ProviderTask.objects.update(answer=raw)
    Generation.objects.update(answer=held.source_url)
    said = page(signed_in(alice), held.generation).content.decode()
    assert "held for review" in said
    assert urlsplit(held.source_url).path not in said
    assert f"/artworks/{held.pk}/" not in said


def test_an_answer_is_escaped(running, alice, signed_in):
    ProviderTask.objects.update(answer={"x": "<script>alert(1)</script>"})
    assert b"<script>alert" not in page(signed_in(alice), running).content
