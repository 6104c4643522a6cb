"""An admin's main job by keyboard alone."""

import datetime
import re

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from moderation.models import RuleSet
from spend import ledger
from spend.models import Budget, SavedView
from tests import factories
from tests.browser.keyboard import sign_in, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def keyboard(alice, oda, live_server, page, complaints):
    """The installation's owner, who administers the team, too."""
    factories.account("wujie")
    Budget.objects.create(team=factories.team(), user=alice, limit=400)
    found = sign_in(page, live_server.url, "oda")
    found.use(found.link("Spend").first)
    page.wait_for_url(re.compile("/spend/"))
    return found


def choose(page, keyboard, control, option):
    """In a list, by the first letters of the option."""
    keyboard.reach(control)
    keyboard.write(option)
    expect(control.locator("option:checked")).to_have_text(re.compile(option))


def test_spend_of_some_days_is_kept_as_a_view(keyboard, page):
    period = page.locator(".filter-bar summary").first
    keyboard.use(period)
    keyboard.press("Escape")
    expect(period).to_be_focused()
    keyboard.press("Enter")
    keyboard.reach(page.locator("[name=since]"))
    keyboard.write("01022026")
    keyboard.reach(page.locator("[name=until]"))
    keyboard.write("01282026")
    keyboard.press("Enter")
    page.wait_for_url(re.compile("since=2026-01-02&until=2026-01-28"))
    keyboard.use(page.locator("summary", has_text="Views"))
    keyboard.reach(page.locator("#view [name=name]"))
    keyboard.write("January")
    keyboard.press("Enter")
    page.locator("summary", has_text="Views").wait_for()
    until(page, lambda: SavedView.objects.filter(name="January").exists())


def test_a_limit_is_changed_in_its_row(keyboard, alice, page):
    keyboard.use(keyboard.link("Limits"))
    own = page.locator(f"#own-{alice.pk}")
    keyboard.reach(own)
    keyboard.rewrite("300")
    keyboard.press("Enter")
    page.locator(f"#limit-{alice.pk} [role=status]").wait_for()
    expect(own).to_be_focused()
    expect(own).to_have_value("300")
    keyboard.use(page.locator(f"#limit-{alice.pk}").get_by_role("button", name="Undo"))
    expect(own).to_have_value("400")
    assert page.locator(f"#limit-{alice.pk} :focus").count() == 1


def test_a_rule_is_added(keyboard, page):
    keyboard.use(keyboard.link(re.compile("^Review")).first)
    keyboard.use(keyboard.link("Rules"))
    choose(page, keyboard, page.locator("select[name$=verdict]").first, "block")
    choose(page, keyboard, page.locator("select[name$=outcome]").first, "reject")
    keyboard.use(keyboard.button("Preview"))
    page.get_by_role("button", name="Save as a new version").wait_for()
    keyboard.use(keyboard.button("Save as a new version"))
    until(page, lambda: RuleSet.objects.exists())


def test_a_gateway_is_paused_and_resumed(keyboard, page):
    keyboard.use(keyboard.link("Gateways").first)
    card = page.locator("section.gateway").first
    pause = card.get_by_role("button", name="Pause")
    keyboard.use(pause)
    resume = card.get_by_role("button", name="Resume")
    resume.wait_for()
    assert card.locator(":focus").count() == 1
    keyboard.use(resume, back=True)
    pause.wait_for()
    assert card.locator(":focus").count() == 1


def test_a_month_is_closed_by_typing_it(keyboard, alice, page, monkeypatch):
    last_month = timezone.localdate().replace(day=1) - datetime.timedelta(1)
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(timezone, "localdate", lambda: last_month)
        who = ledger.Subject(factories.team().pk, alice.pk, "integral", 1)
        ledger.reserve(who, 12, reference="generation:1")
        ledger.settle(who, 10, 10, reference="task:1")
    keyboard.use(keyboard.link("Months"))
    keyboard.use(keyboard.link(re.compile("^Close")).first)
    keyboard.reach(page.get_by_label(re.compile("^Type .* to confirm")))
    keyboard.write(f"{last_month:%Y-%m}")
    keyboard.press("Tab", "Enter")
    page.wait_for_url(re.compile(rf"/months/({last_month:%Y-%m}/)?$"))
    page.get_by_text(re.compile("closed", re.I)).first.wait_for()
