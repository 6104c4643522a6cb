"""The form in a browser: what was typed stays, and nothing is ever sent twice."""

import re

import pytest
from django.core.cache import cache
from django.db.models import F
from playwright.sync_api import expect

from generation.models import Generation
from spend.models import Budget
from tests import factories, told_lists
from tests.browser.drawer import open_groups

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def form(alice, sandbox, visit, page):
    cache.clear()
    told_lists.refresh()
    visit(alice, "/")
    expect(page.locator("#quote")).to_contain_text("2 integrals")
    return page


def choose(page, title):
    """By keyboard alone."""
    page.locator("#picker-summary").press("Enter")
    page.get_by_role("button", name="Wujie drawing").wait_for()
    page.keyboard.type(title)
    page.keyboard.press("Enter")
    summary = page.locator("#picker-summary")
    expect(summary).to_contain_text(title)
    expect(summary).to_be_focused()


def test_fields_change_and_what_was_typed_stays(form):
    form.fill("#id_prompt", "雨夜 👩‍🚀\n街道")
    expect(form.locator("#prompt-count")).to_have_text("9 / 1 500")
    form.get_by_role("button", name="One more").click()
    expect(form.locator("#quote")).to_contain_text("2 integrals each × 2 = 4")
    expect(form.locator("#submit-button")).to_have_text(re.compile(r"Generate · +4"))
    open_groups(form, "basics")
    form.fill("#id_negative_prompt", "hats")
    expect(form.locator("#changed-basics")).to_have_text("1")
    expect(form.locator("#changed")).to_have_text("1")
    form.keyboard.press("Escape")
    choose(form, "Jumdata drawing")
    expect(form.locator("#prompt-count")).to_have_text("9 / 100")
    expect(form.locator("#id_negative_prompt")).to_have_count(0)
    expect(form.locator("#quote")).to_contain_text("1 image each × 2 = 2")
    choose(form, "Wujie drawing")
    expect(form.locator("#changed")).to_have_text("1")
    expect(form.locator("#id_pictures")).to_have_value("2")
    open_groups(form, "basics")
    expect(form.locator("#id_negative_prompt")).to_have_value("hats")
    expect(form.locator("#id_prompt")).to_have_value("雨夜 👩‍🚀\n街道")


def test_a_search_for_no_operation_says_so(form):
    form.locator("#picker-summary").press("Enter")
    form.get_by_role("button", name="Wujie drawing").wait_for()
    nothing = form.locator("#picker .no-results")
    form.keyboard.type("flux")
    expect(form.get_by_role("button", name="Flux models")).to_be_visible()
    expect(nothing).to_be_hidden()
    form.keyboard.type("zzz")
    expect(nothing).to_have_text("No results")


def test_on_a_phone_a_wrong_number_is_in_sight(form, complaints):
    form.set_viewport_size({"width": 390, "height": 844})
    form.fill("#id_prompt", "一只白鹤")
    form.fill("#id_pictures", "500")
    form.keyboard.press("Control+Enter")
    why = form.get_by_text("At most 100 pictures at once.")
    expect(why).to_be_in_viewport(ratio=1)
    expect(form.locator("#id_pictures")).to_be_in_viewport(ratio=1)
    assert [text for text in complaints if "422" not in text] == []
    complaints.clear()


def test_two_clicks_send_it_once(form):
    form.fill("#id_prompt", "一只白鹤")
    form.locator("#submit-button").dblclick()
    expect(form.locator(".generation")).to_have_count(1)
    expect(form.locator("#id_prompt")).to_have_value("一只白鹤")
    form.wait_for_timeout(300)
    assert Generation.objects.count() == 1


def test_keys_send_it_and_again_is_another(form):
    form.fill("#id_prompt", "一只白鹤")
    form.keyboard.press("Control+Enter")
    expect(form.locator(".generation")).to_have_count(1)
    form.keyboard.press("Control+Enter")
    expect(form.locator(".generation")).to_have_count(2)
    assert Generation.objects.count() == 2


def test_a_reload_sends_nothing(form):
    form.fill("#id_prompt", "一只白鹤")
    form.keyboard.press("Control+Enter")
    expect(form.locator(".generation")).to_have_count(1)
    form.reload()
    form.go_back()
    form.go_forward()
    assert Generation.objects.count() == 1


def test_an_error_stands_at_its_field_and_goes(form, complaints):
    form.fill("#id_prompt", "一只白鹤")
    open_groups(form, "basics")
    form.fill("#id_seed", "seven")
    form.keyboard.press("Control+Enter")
    expect(form.locator("#field-seed .error")).to_contain_text("digits only")
    expect(form.locator("#id_prompt")).to_have_value("一只白鹤")
    expect(form.locator("#id_seed")).to_be_focused()
    form.fill("#id_seed", "7")
    form.keyboard.press("Control+Enter")
    expect(form.locator(".generation")).to_have_count(1)
    expect(form.locator(".error")).to_have_count(0)
    # The browser itself tells of every 422; nothing else was complained of.
    assert [text for text in complaints if "422" not in text] == []
    complaints.clear()


def test_cards_move_with_their_rows_and_then_rest(form, alice):
    form.fill("#id_prompt", "一只白鹤")
    form.keyboard.press("Control+Enter")
    card = form.locator(".generation")
    expect(card).to_contain_text("Waiting to send")
    rows = Generation.objects.filter(requested_by=alice)
    rows.update(status="running", version=F("version") + 1)
    factories.task(rows.get(), status="drawing", percent=62.0)
    expect(card.locator(".badge")).to_contain_text("Generating 62 %")
    rows.update(
        status="refused", failure_message="提示词违规", version=F("version") + 1
    )
    expect(card).to_contain_text("It cost nothing")
    asked: list[str] = []
    form.on("request", lambda request: asked.append(request.url))
    form.wait_for_timeout(2000)
    assert asked == []
    card.get_by_text("Try again").click()
    expect(form.locator("#id_prompt")).to_have_value("一只白鹤")


def test_a_reset_group_has_its_defaults_again(form):
    open_groups(form, "basics")
    form.fill("#id_seed", "7")
    expect(form.locator("#changed-basics")).to_have_text("1")
    form.locator("#group-basics").get_by_role("button", name="Reset").click()
    expect(form.locator("#id_seed")).to_have_value("")
    expect(form.locator("#changed")).to_be_empty()


def test_a_closed_group_sends_what_was_changed_in_it(form):
    form.goto(form.url + "?seed=7&negative_prompt=hats")
    expect(form.locator("#changed-basics")).to_have_text("2")
    form.fill("#id_prompt", "一只白鹤")
    form.keyboard.press("Control+Enter")
    expect(form.locator(".generation")).to_have_count(1)
    found = Generation.objects.get().parameters
    assert (found["seed"], found["negative_prompt"]) == ("7", "hats")


def test_much_of_what_is_left_is_asked_once(form, alice):
    Budget.objects.create(team=factories.team(), user=alice, unit="integral", limit=400)
    form.fill("#id_prompt", "一只白鹤")
    form.fill("#id_pictures", "99")
    form.locator("#submit-button").dblclick()
    expect(form.locator("#quote")).to_contain_text("198 integrals of the 400")
    assert not Generation.objects.exists()
    form.get_by_role("button", name="Not now").click()
    expect(form.locator("#submit-button")).to_be_visible()
    form.locator("#submit-button").click()
    form.get_by_role("button", name="Generate for 198 integrals").click()
    expect(form.locator(".generation")).to_have_count(1)
    assert Generation.objects.get().reserved == 198


def test_the_last_prompt_comes_back_into_an_empty_one(form):
    form.get_by_text("A red fox asleep").click()
    fox = form.locator("#id_prompt").input_value()
    assert fox.startswith("A red fox asleep")
    form.keyboard.press("Control+Enter")
    expect(form.locator(".generation")).to_have_count(1)
    expect(form.locator("#id_prompt")).to_have_value(fox)
    form.fill("#id_prompt", "")
    form.locator("#id_prompt").press("ArrowUp")
    expect(form.locator("#id_prompt")).to_have_value(fox)


def test_settings_come_back_after_a_reload(form):
    form.fill("#id_prompt", "一只白鹤")
    open_groups(form, "basics")
    form.fill("#id_negative_prompt", "hat " * 80)
    form.keyboard.press("Escape")
    form.reload()
    expect(form.locator("#changed-basics")).to_have_text("1")
    kept = form.locator("#group-basics input[name=negative_prompt]")
    expect(kept).to_have_value("hat " * 80)


@pytest.mark.parametrize("height", [844, 667])
def test_on_a_phone_the_button_is_in_reach(form, alice, height):
    factories.artwork(alice)
    form.set_viewport_size({"width": 390, "height": height})
    form.reload()
    expect(form.locator("#quote")).to_contain_text("2 integrals")
    box = form.locator("#submit-button").bounding_box()
    assert box["height"] >= 44
    assert height / 2 < box["y"] < height - box["height"]
    assert form.locator(".frame").first.bounding_box()["y"] < height / 3
