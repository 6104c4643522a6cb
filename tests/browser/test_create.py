"""The form in a browser: what was typed stays, and nothing is ever sent twice."""

import pytest
from django.core.cache import cache
from django.db.models import F
from playwright.sync_api import expect

from gateways import catalogue
from generation.models import Generation
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def form(alice, sandbox, visit, page):
    cache.clear()
    catalogue.refresh()
    visit(alice, "/")
    expect(page.locator("#quote")).to_contain_text("2 integrals")
    return page


def test_fields_change_and_what_was_typed_stays(form):
    form.fill("#id_prompt", "雨夜 👩‍🚀\n街道")
    expect(form.locator("#prompt-count")).to_have_text("9 / 1 500")
    form.get_by_role("button", name="One more").click()
    expect(form.locator("#quote")).to_contain_text("2 integrals each × 2 = 4")
    form.get_by_text("More", exact=True).click()
    form.fill("#id_negative_prompt", "hats")
    form.get_by_text("Jumdata drawing").click()
    expect(form.locator("#prompt-count")).to_have_text("9 / 100")
    expect(form.locator("#id_negative_prompt")).to_have_count(0)
    expect(form.locator("#quote")).to_contain_text("1 image each × 2 = 2")
    form.get_by_text("Wujie drawing").first.click()
    expect(form.locator("#id_negative_prompt")).to_have_value("hats")
    expect(form.locator("#id_pictures")).to_have_value("2")
    expect(form.locator("#id_prompt")).to_have_value("雨夜 👩‍🚀\n街道")


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
    form.get_by_text("More", exact=True).click()
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
