"""Submission of the prompt form: once per key, each error at its field."""

import uuid

import pytest
from django.core.cache import cache
from django.test import Client

from generation.models import Generation
from spend.models import Budget, Transfer
from tests import factories
from tests.browsing import Form
from tests.engine import at_once
from tests.pages import HTMX


@pytest.fixture
def hers(alice, open_gateways, signed_in):
    return signed_in(alice)


def send(client, typed, **changes):
    return client.post("/generations/", typed | changes, headers=HTMX)


def test_it_answers_with_the_new_card(hers, typed, alice):
    answer = send(hers, typed, seen="3:1")
    made = Generation.objects.get()
    part = answer.content.decode()
    assert answer.status_code == 200
    assert f'<article class="generation" id="generation-{made.pk}" aria' in part
    assert f'value="3:1,{made.pk}:1"' in part  # the poller goes on with it
    assert f'value="{typed["submit_key"]}"' not in part  # a fresh key
    assert 'id="submit-key"' in part
    assert answer["HX-Trigger"] == '{"submitted": {}}'
    assert (made.requested_by, made.team) == (alice, factories.team())
    assert made.prompt == "山间古寺,\nan autumn rain"
    assert (made.pictures, made.width, made.height) == (2, 1024, 768)
    assert Transfer.objects.get(kind="reserve").amount == 4


def test_a_price_known_to_another_process_serves(hers, typed, open_gateways):
    """One broken answer on the price refused everybody for ten seconds."""
    send(hers, typed)
    cache.clear()  # of this process
    open_gateways.switch(faults={"wujie.price_info": {"kind": "html"}})
    for _ in range(3):
        assert send(hers, typed, submit_key=str(uuid.uuid4())).status_code == 200
    assert {made.reserved for made in Generation.objects.all()} == {4}


def test_it_wakes_the_pump(hers, typed, django_capture_on_commit_callbacks):
    from django_q.models import OrmQ

    with django_capture_on_commit_callbacks(execute=True):
        send(hers, typed)
    assert OrmQ.objects.count() == 1


def test_the_same_form_counts_once(hers, typed):
    send(hers, typed)
    again = send(hers, typed)
    assert Generation.objects.count() == 1
    assert Transfer.objects.filter(kind="reserve").count() == 1
    # One card, wherever: the page takes the copy away that it has already.
    assert again.content.decode().count("<article") == 1


def test_a_used_form_with_other_words_is_shown_again(hers, typed):
    send(hers, typed)
    answer = send(hers, typed, prompt="Something else")
    assert answer.status_code == 422
    part = answer.content.decode()
    assert "sent once already" in part
    assert "Something else" in part
    assert Generation.objects.count() == 1
    key = answer.context["submit_key"]
    assert send(hers, typed, prompt="Something else", submit_key=key).status_code == 200
    assert Generation.objects.count() == 2


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_taken(alice, open_gateways, typed, signed_in):
    open_gateways.switch(faults={"wujie.price_info": {"kind": "slow", "seconds": 1}})
    clients = [signed_in(alice) for _ in range(2)]

    def ask(number):
        return send(clients[number], typed, prompt=f"Prompt {number}").status_code

    assert sorted(at_once(ask, 2)) == [200, 422]
    assert Generation.objects.count() == 1


def test_an_operation_nobody_offers_is_not_another_one(hers, typed):
    for slug in ("", "wujie-avatars"):
        answer = send(hers, typed, operation=slug)
        assert answer.status_code == 422
        part = answer.content.decode()
        assert "not offered any more" in part
        assert "an autumn rain" in part
    assert not Generation.objects.exists()


def test_without_htmx_it_redirects(hers, typed):
    answer = hers.post("/generations/", typed)
    assert (answer.status_code, answer.url) == (302, "/")
    assert Generation.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"prompt": ""}, "prompt", "Write what the picture should show."),
        ({"prompt": "字" * 1501}, "prompt", "at most 1500 characters"),
        ({"pictures": "101"}, "pictures", "At most 100 pictures at once."),
        ({"pictures": "0"}, "pictures", "At least one picture."),
        ({"model": "999"}, "model", "not one of the available choices"),
        ({"size": "1000x1000"}, "size", "not one of the available choices"),
        ({"width": "1000", "height": "1024"}, "width", "no multiple of 64"),
        ({"width": "1024"}, "height", "needs both width and height"),
        ({"seed": "seven"}, "seed", "made of digits only"),
    ],
)
def test_an_error_names_its_field(hers, typed, changes, field, message):
    answer = send(hers, typed, **changes)
    part = answer.content.decode()
    assert answer.status_code == 422
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#ask", "outerHTML")
    _, _, after = part.partition(f'id="field-{field}"')
    place, _, _ = after.partition('id="field-')
    assert message in place
    kept = changes.get("prompt", "an autumn rain")
    assert kept[-20:] in part
    assert not Generation.objects.exists()


def test_an_error_behind_more_opens_it(hers, typed):
    part = send(hers, typed, seed="seven").content.decode()
    assert 'id="group-basics" open>' in part
    assert "Settings, Basics: look at “Seed”." in part


def test_over_a_limit_nothing_is_sent(hers, typed, alice):
    Budget.objects.create(team=factories.team(), user=alice, unit="integral", limit=3)
    answer = send(hers, typed)
    assert answer.status_code == 422
    assert "more than is left: 3 integrals" in answer.content.decode()
    assert "an autumn rain" in answer.content.decode()
    assert not Generation.objects.exists()
    assert not Transfer.objects.filter(kind="reserve").exists()


def test_beyond_the_funds_nothing_is_sent(open_gateways, typed, signed_in):
    poor = factories.user("pia", in_team=factories.team("Poor", integrals=3))
    answer = send(signed_in(poor), typed)
    assert answer.status_code == 422
    assert "more than is left: 3 integrals" in answer.content.decode()
    assert not Generation.objects.exists()


def test_without_a_price_nothing_is_sent(hers, typed, open_gateways):
    open_gateways.switch(faults={"wujie.*": {"kind": "http_500"}})
    answer = send(hers, typed)
    assert answer.status_code == 422
    assert "nothing was sent, and nothing was paid" in answer.content.decode()
    assert "an autumn rain" in answer.content.decode()
    assert not Generation.objects.exists()


def test_jumdata_takes_its_own_fields(hers, typed):
    answer = send(
        hers,
        typed,
        operation="jumdata-drawing",
        resolution="1024*1536",
        style="浮世绘",
    )
    assert answer.status_code == 200
    made = Generation.objects.get()
    assert (made.operation, made.unit, made.reserved) == ("jumdata-drawing", "image", 2)
    assert (made.width, made.height) == (1024, 1536)


def test_a_form_without_its_key_is_refused(hers, typed):
    for key in ("", "7", "not-a-key"):
        assert send(hers, typed, submit_key=key).status_code == 400
    assert not Generation.objects.exists()


def test_only_a_post_submits(hers):
    assert hers.get("/generations/").status_code == 405


def test_a_foreign_form_is_refused(alice, open_gateways, typed):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert strict.post("/generations/", typed).status_code == 403
    assert not Generation.objects.exists()


def test_two_people_may_have_the_same_key(hers, typed, mona, signed_in):
    send(hers, typed)
    assert send(signed_in(mona), typed).status_code == 200
    assert Generation.objects.count() == 2


def test_it_works_for_the_team_one_is_in(hers, typed, alice):
    from accounts.models import Membership

    other = factories.team("Nightshift")
    Membership.objects.create(user=alice, team=other)
    hers.post("/accounts/team/", {"team": other.pk})
    send(hers, typed, submit_key=uuid.uuid4())
    assert Generation.objects.get().team == other


# --- Large requests


@pytest.fixture
def budget(alice):
    return Budget.objects.create(
        team=factories.team(), user=alice, unit="integral", limit=400
    )


def test_a_large_request_is_asked_once(hers, typed, budget):
    answer = send(hers, typed, pictures="99")
    assert answer.status_code == 200
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#quote", "outerHTML")
    assert "198 integrals of the 400 that you have left this month" in answer.text
    assert 'name="confirmed" value="198"' in answer.text
    assert not Generation.objects.exists()
    assert send(hers, typed, pictures="99", confirmed="198").status_code == 200
    assert Generation.objects.get().reserved == 198


@pytest.mark.parametrize("confirmed", ["197", "", "x", "-198"])
def test_another_price_is_confirmed_again(hers, typed, budget, confirmed):
    send(hers, typed, pictures="99", confirmed=confirmed)
    assert not Generation.objects.exists()


def test_a_quarter_of_what_is_left_is_not_large(hers, typed, budget):
    send(hers, typed, pictures="50")
    assert Generation.objects.get().reserved == 100


def test_a_large_request_is_asked_without_a_script(hers, typed, budget):
    answer = hers.post("/generations/", typed | {"pictures": "99", "seed": "7"})
    assert answer.status_code == 200
    form = Form(answer.text, "ask")
    assert form.values["seed"] == ["7"]
    assert not Generation.objects.exists()
    hers.post(form.action, form.values | {"confirmed": ["198"]})
    assert Generation.objects.get().parameters["seed"] == "7"


def test_what_was_sent_is_not_asked_again(hers, typed, budget):
    send(hers, typed, pictures="99", confirmed="198")
    assert send(hers, typed, pictures="99").status_code == 200
    assert Generation.objects.count() == 1
