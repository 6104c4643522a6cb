"""The price line: the quote beside the limit that it uses."""

import re

import pytest
from django.utils import timezone

from spend.models import Budget
from tests import factories

ASKED = {
    "operation": "wujie-drawing",
    "model": "1",
    "size": "1024x1024",
    "pictures": "4",
}


def line(client, **changes):
    part = client.post("/quote/", ASKED | changes).content.decode()
    return re.sub(r"[ \n]+", " ", part)


@pytest.fixture
def quoted(alice, open_gateways, signed_in):
    return signed_in(alice)


def test_it_says_each_times_number(quoted):
    said = line(quoted)
    assert "2 integrals each × 4 = 8" in said
    assert "the team keeps 9\N{NARROW NO-BREAK SPACE}992" in said
    assert "about " in said


def test_it_needs_no_prompt_yet(quoted):
    assert "2 integrals" in line(quoted, prompt="", pictures="1")


def test_jumdata_counts_images(quoted):
    said = line(
        quoted, operation="jumdata-drawing", resolution="1024*1024", style="古风"
    )
    assert "1 image each × 4 = 4" in said
    assert "the team keeps 96" in said


def test_it_is_told_by_ones_own_limit(quoted, alice):
    team = factories.team()
    Budget.objects.create(team=team, user=alice, unit="integral", limit=400)
    Budget.objects.create(team=team, unit="integral", limit=500)
    assert "you keep 392 of 400 this month" in line(quoted)


def test_over_a_limit_the_button_says_so(quoted, alice, otto):
    Budget.objects.create(team=factories.team(), user=alice, unit="integral", limit=7)
    said = line(quoted)
    assert "Over budget" in said
    assert "you have 7 of 7 left this month" in said
    assert "ask otto for more" in said
    assert 'title="Ctrl + Enter" disabled' in said


def test_the_limit_that_is_passed_is_named(quoted, alice):
    team = factories.team()
    Budget.objects.create(team=team, user=alice, unit="integral", limit=400)
    Budget.objects.create(team=team, unit="integral", limit=3)
    assert "the team has 3 of 3 left this month" in line(quoted)


def test_wrong_fields_have_no_price(quoted):
    said = line(quoted, pictures="101")
    assert "No price yet" in said
    assert "disabled" not in said


def test_a_gateway_in_trouble_is_said(quoted, open_gateways):
    open_gateways.switch(faults={"wujie.*": {"kind": "http_500"}})
    said = line(quoted)
    assert "does not answer; nothing was sent, and nothing was paid" in said
    assert "disabled" not in said  # the submit asks again


def test_a_price_that_is_refused_is_said(quoted, open_gateways):
    rule = {"kind": "code", "code": "20010001", "message": "参数错误"}
    open_gateways.switch(faults={"wujie.*": rule})
    said = line(quoted)
    assert "names no price. The gateway does not take one of the values." in said
    assert "参数错误" not in said


def test_without_a_script_the_page_itself_tells_it(quoted):
    answer = quoted.get("/", ASKED | {"prompt": "一只白鹤", "price": "1"})
    page = answer.content.decode()
    assert "2 integrals each × 4 = 8" in page
    assert ">一只白鹤</textarea>" in page


def test_a_long_text_is_no_part_of_an_address(quoted):
    said = line(quoted, negative_prompt="雾" * 1000)
    assert "2 integrals each × 4 = 8" in said
    assert quoted.get("/quote/").status_code == 405


def test_what_is_missing_is_named(quoted):
    said = line(quoted, operation="wujie-face-swap")
    assert "No price yet. Still missing: Face, Target image." in said
    said = line(quoted, pictures="", seed="seven")
    assert "Still missing: Pictures." in said
    assert "Look at: Seed." in said


def test_a_gateway_that_never_answered_is_not_a_wrong_field(quoted):
    account = factories.account("wujie")
    account.catalogue_entries.all().delete()
    health = account.health
    health.trouble, health.tripped_at = "timeout", timezone.now()
    health.save()
    page = quoted.get("/").text
    assert "Wujie has not answered since" in page
    assert "nothing is paid" in page
    for text in (line(quoted), quoted.post("/generations/", typed()).text):
        assert "not answered since" in text or "No price yet." in text
        assert "Look at" not in text
        assert "Select a valid choice" not in text


def typed():
    return ASKED | {"prompt": "x", "submit_key": "1" * 32}


def test_the_button_says_what_it_does_and_costs(quoted):
    assert 'Generate · <span class="num">8</span>' in line(quoted)
    asked = {"resolution": "1024*1024", "style": "古风"}
    said = line(quoted, operation="jumdata-drawing", **asked)
    assert 'Generate · <span class="num">4 images</span>' in said
    said = line(quoted, operation="avatar-training")
    assert ">Train" in said
    assert "Generate" not in said


def test_changed_settings_are_counted(quoted):
    said = line(quoted, seed="7", cfg="6", style="水墨")
    assert 'id="changed" hx-swap-oob="true">3<' in said
    assert 'id="changed-basics" hx-swap-oob="true">2<' in said
    assert 'id="changed-looks" hx-swap-oob="true">1<' in said
    assert 'id="changed-fine" hx-swap-oob="true"><' in said
