"""The page of one generation, for those who may see it."""

from urllib.parse import urlsplit

import pytest

from accounts.models import Membership
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


def test_a_member_reads_what_a_member_needs(running, alice, signed_in):
    said = page(signed_in(alice), running).content.decode()
    for words in ("一只白鹤", "Generating 40 %", "4 integrals expected"):
        assert words in said


def test_keys_answers_and_transfers_are_for_admins(
    running, alice, mona, otto, signed_in
):
    technical = ("KEY-1", "&quot;status&quot;: 2", f"generation:{running.pk}")
    for words in technical:
        assert words in page(signed_in(otto), running).content.decode()
        for user in (alice, mona):
            assert words not in page(signed_in(user), running).content.decode()
    assert "is_technical" not in page(signed_in(alice), running).context


def test_an_admin_of_another_team_is_shown_nothing_technical(running, otto, signed_in):
    elsewhere = factories.team("Elsewhere")
    Membership.objects.create(user=otto, team=elsewhere, role="admin")
    client = signed_in(otto)
    client.post("/accounts/team/", {"team": elsewhere.pk})
    assert "KEY-1" not in page(client, running).content.decode()


def test_bob_gets_nothing(running, bob, signed_in):
    assert page(signed_in(bob), running).status_code == 404


def test_a_colleague_gets_nothing_a_moderator_does(running, mona, signed_in):
    assert page(signed_in(factories.user("carl")), running).status_code == 404
    assert page(signed_in(mona), running).status_code == 200


def test_only_a_get_shows_it(running, alice, signed_in):
    assert signed_in(alice).post(f"/generations/{running.pk}/").status_code == 405


def test_a_number_beyond_all_is_not_found(alice, signed_in):
    assert signed_in(alice).get(f"/generations/{10**30}/").status_code == 404


def test_queries_do_not_grow_with_the_tasks(
    running, otto, signed_in, django_assert_max_num_queries
):
    client = signed_in(otto)
    page(client, running)
    with django_assert_max_num_queries(18) as few:
        page(client, running)
    for position in range(1, 9):
        factories.task(running, position=position)
    with django_assert_max_num_queries(len(few)):
        page(client, running)


def test_a_held_picture_has_no_address_here(alice, otto, signed_in):
    held = factories.artwork(alice, moderation="held")
    raw = {
        "picture_url": held.source_url,
        "audit_info": f'{{"url": "{held.source_url}"}}',
    }
    ProviderTask.objects.update(answer=raw)
    Generation.objects.update(answer=held.source_url)
    said = page(signed_in(otto), held.generation).content.decode()
    assert "In review" in said
    assert urlsplit(held.source_url).path not in said
    assert f"/artworks/{held.pk}/" not in said


def test_an_answer_is_escaped(running, otto, signed_in):
    ProviderTask.objects.update(answer={"x": "<script>alert(1)</script>"})
    said = page(signed_in(otto), running).content
    assert b"<script>alert" not in said
    assert b"alert(1)" in said
