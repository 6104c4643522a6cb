"""Reconciliation and alerts: readable by all, at any width, in both themes."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from accounts import alerts, delivering
from accounts.models import User
from generation import catalogue
from generation.models import Difference, Reconciliation

pytestmark = pytest.mark.django_db(transaction=True)
FEISHU = "https://open.feishu.cn/open-apis/bot/v2/hook/abc"


@pytest.fixture
def pages(otto):
    """A difference of every kind, an alert, a channel and what became of a test."""
    account = catalogue.account("wujie")
    run = Reconciliation.objects.create(
        account=account,
        status="done",
        window_start=timezone.now(),
        finished_at=timezone.now(),
        balance=99_953,
    )
    for number, kind in enumerate(Difference.Kind.values):
        found = Difference.objects.create(
            account=account,
            run=run,
            kind=kind,
            identity=kind,
            key=f"{number:032X}",
            unit="integral",
            there=6,
            amount=6,
            evidence={"listed_as": "PICTURE", "cost_state": "charged", "position": 4},
            status="closed" if number == 0 else "open",
        )
    facts = {"account": "wujie", "reason": "no balance"}
    alerts.tell("account_paused", key="1", facts=facts, url="/gateways/")
    team = otto.memberships.get().team
    channel = delivering.add_channel(team, "feishu", "Ops", FEISHU, "s", by=otto)
    delivering.test(channel).tries.create(is_sent=False, answer="HTTP 500")
    return [
        "/gateways/reconciliation/?state=all",
        f"/differences/{found.pk}/",
        "/alerts/",
        "/alerts/channels/",
    ]


@pytest.mark.parametrize("theme", [User.Theme.LIGHT, User.Theme.DARK])
def test_no_barrier_and_nothing_over_the_edge(pages, otto, visit, page, theme):
    # The checker runs a script of its own, which our policy would refuse.
    checked = page.context.browser.new_page(bypass_csp=True)
    otto.theme = theme
    otto.save()
    for path in pages:
        seen = visit(otto, path)
        checked.context.add_cookies(seen.context.cookies())
        for width in (1440, 390):
            checked.set_viewport_size({"width": width, "height": 900})
            checked.goto(seen.url)
            checked.wait_for_load_state("networkidle")
            wide = checked.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, path
            found = Axe().run(checked)
            assert found.violations_count == 0, f"{path}: {found.generate_report()}"
    checked.close()


def test_an_alert_is_marked_in_its_place(pages, otto, visit, page):
    visit(otto, "/alerts/")
    page.get_by_role("button", name="Mark as seen", exact=True).click()
    page.get_by_text("seen by otto").wait_for()
