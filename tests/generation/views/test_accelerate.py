"""Acceleration: offered where it works, priced before, its outcome in words."""

import re

import pytest

from gateways.clients import client as gateway
from gateways.providers.base import State, TaskUpdate
from gateways.providers.errors import Refused, Unknown
from generation.models import Acceleration, Generation, ProviderTask
from spend import ledger
from spend.models import Budget
from tests import factories
from tests.pages import HTMX

TaskStatus = ProviderTask.Status


@pytest.fixture
def waiting(alice):
    """Two pictures behind ten others; a place further saves 20 seconds."""
    made = factories.generation(
        alice, status=Generation.Status.RUNNING, pictures=2, reserved=8
    )
    for position in range(2):
        place = {"position": position, "ahead": 10 + position, "step_seconds": 20}
        factories.task(made, **place)
    return made


@pytest.fixture
def answers(monkeypatch):
    """``answers(error, state)``: what the gateway says to it, and to the next poll."""

    def set_up(error=None, state=State.QUEUED):
        asked = []

        def accelerate(key, steps):
            asked.append(steps)
            if error:
                raise error

        def poll(keys, *_, **__):
            return [TaskUpdate(key, state, ahead=3) for key in keys]

        monkeypatch.setattr(gateway("wujie"), "accelerate", accelerate)
        monkeypatch.setattr(gateway("wujie"), "poll", poll)
        return asked

    return set_up


def panel(client, made, **query):
    path = f"/generations/{made.pk}/acceleration/"
    return client.get(path, query, headers=HTMX)


def speed_up(client, made, **typed):
    form = {"steps": "2", "number": "1"} | typed
    path = f"/generations/{made.pk}/accelerating/"
    return client.post(path, form, headers=HTMX)


def said(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def test_the_price_what_it_saves_and_the_purse_are_told_first(
    waiting, alice, signed_in
):
    Budget.objects.create(team=waiting.team, user=alice, limit=100)
    told = said(panel(signed_in(alice), waiting, steps="3"))
    assert "12 integrals" in told
    assert "you keep 80 of 100 this month" in told
    assert "saves about 60 s" in told
    assert not Acceleration.objects.exists()


def test_the_line_of_price_comes_alone(waiting, alice, signed_in):
    path = f"/generations/{waiting.pk}/acceleration/"
    headers = HTMX | {"HX-Target": f"forward-{waiting.pk}"}
    answer = signed_in(alice).get(path, {"steps": "1"}, headers=headers)
    assert (
        said(answer)
        .strip()
        .startswith(f'<div class="forward" id="forward-{waiting.pk}')
    )
    assert "4 integrals" in said(answer)


def test_without_htmx_it_is_a_page(waiting, alice, signed_in):
    answer = signed_in(alice).get(f"/generations/{waiting.pk}/acceleration/")
    assert "<h1" in said(answer)
    assert 'name="steps"' in said(answer)


def test_over_budget_there_is_no_button_to_press(waiting, alice, signed_in):
    Budget.objects.create(team=waiting.team, user=alice, limit=10)
    told = said(panel(signed_in(alice), waiting))
    assert "you have 2 of 10 left this month" in told
    assert re.search(r"<button[^>]* disabled>Over budget", told)


@pytest.mark.parametrize("steps", ["0", "11", "x", ""])
def test_places_that_there_are_not_have_no_price(waiting, alice, signed_in, steps):
    told = said(panel(signed_in(alice), waiting, steps=steps))
    assert "10 queue positions at most" in told
    assert "integrals" not in told


def test_it_is_paid_for_and_told(waiting, alice, signed_in, answers):
    asked = answers()
    told = said(speed_up(signed_in(alice), waiting))
    assert asked == [2]
    assert "Moved forward by 2 queue positions for 8 integrals." in told
    assert "Queued, 3 ahead" in told
    assert "16 integrals expected" in told
    assert "hx-preserve" not in told  # the panel that was used is not kept


def test_a_double_click_is_one(waiting, alice, signed_in, answers):
    asked = answers()
    client = signed_in(alice)
    for _ in range(2):
        assert speed_up(client, waiting).status_code == 200
    assert asked == [2]
    assert ledger.balances(waiting.team)["reserved"] == 16


def test_what_has_begun_meanwhile_is_told(waiting, alice, signed_in, answers):
    answers(Refused("作品状态改变", code="20110009"), State.DRAWING)
    told = said(speed_up(signed_in(alice), waiting))
    assert "It has started in the meantime and will be finished." in told
    assert "The speed-up cost nothing." in told
    assert "Speed up" not in told
    assert ledger.balances(waiting.team)["reserved"] == 8


def test_another_no_is_told_in_the_gateways_words(waiting, alice, signed_in, answers):
    answers(Refused("积分余额不足", code="20110010"))
    told = said(speed_up(signed_in(alice), waiting))
    assert "too few integrals left" in told
    assert "The speed-up cost nothing." in told


def test_no_answer_is_told_and_not_offered_again(waiting, alice, signed_in, answers):
    answers(Unknown("", code="lost"))
    client = signed_in(alice)
    told = said(speed_up(client, waiting))
    assert told.count("8 integrals stay reserved until it has charged") == 2
    assert "Speed up" not in told
    assert "Speed up" not in said(client.get("/activity/"))


def test_the_limit_is_told(waiting, alice, signed_in, answers):
    asked = answers()
    Budget.objects.create(team=waiting.team, user=alice, limit=10)
    told = said(speed_up(signed_in(alice), waiting))
    assert "more than is left: 2 integrals" in told
    assert asked == []
    assert not Acceleration.objects.exists()


def test_too_late_is_told(waiting, alice, signed_in, answers):
    asked = answers()
    waiting.tasks.update(status=TaskStatus.DRAWING)
    assert "Nothing is ahead of it" in said(speed_up(signed_in(alice), waiting))
    assert asked == []


def test_more_than_there_is_is_told(waiting, alice, signed_in, answers):
    asked = answers()
    told = said(speed_up(signed_in(alice), waiting, steps="99"))
    assert "10 queue positions at most" in told
    assert asked == []


def test_without_htmx_it_leads_to_its_page(waiting, alice, signed_in, answers):
    answers()
    form = {"steps": "1", "number": "1"}
    client = signed_in(alice)
    answer = client.post(f"/generations/{waiting.pk}/accelerating/", form)
    assert answer.url == f"/generations/{waiting.pk}/"
    page = said(client.get(answer.url))
    assert "Moved forward by" in page


def test_it_is_offered_to_whose_it_is(waiting, alice, otto, signed_in):
    assert "Speed up" in said(signed_in(alice).get("/activity/"))
    assert "Speed up" in said(signed_in(alice).get(f"/generations/{waiting.pk}/"))
    assert "Speed up" not in said(signed_in(otto).get("/activity/?everyone=1"))


def test_nobody_else_may(waiting, bob, mona, otto, signed_in, answers):
    asked = answers()
    for user in (bob, mona, otto):
        assert speed_up(signed_in(user), waiting).status_code == 404
        assert panel(signed_in(user), waiting).status_code == 404
    assert asked == []


def test_jumdata_has_no_such_page(alice, signed_in):
    made = factories.generation(
        alice, provider="jumdata", status=Generation.Status.RUNNING
    )
    factories.task(made, ahead=4)
    assert panel(signed_in(alice), made).status_code == 404


def test_only_a_post_pays(waiting, alice, signed_in):
    path = f"/generations/{waiting.pk}/accelerating/"
    assert signed_in(alice).get(path).status_code == 405


def test_queries_do_not_grow_with_the_rows(
    waiting,
    alice,
    signed_in,
    django_assert_num_queries,
    django_assert_max_num_queries,
):
    client = signed_in(alice)
    client.get("/activity/")
    with django_assert_max_num_queries(13) as one:
        client.get("/activity/")
    for _ in range(5):
        more = factories.generation(alice, status=Generation.Status.RUNNING)
        factories.task(more, ahead=4)
        Acceleration.objects.create(
            generation=more,
            number=1,
            asked_by=alice,
            steps=1,
            price=2,
            status="unknown",
        )
    with django_assert_num_queries(len(one)):
        client.get("/activity/")
