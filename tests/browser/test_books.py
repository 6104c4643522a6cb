"""Reconciliation and alerts: readable by all, at any width, in both themes."""

import pytest
from django.utils import timezone

from gateways import catalogue
from notifications import alerts, deliveries
from reconciliation.models import Difference, Reconciliation

pytestmark = pytest.mark.django_db(transaction=True)
FEISHU = "https://open.feishu.cn/open-apis/bot/v2/hook/abc"


@pytest.fixture
def pages(oda):
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
    team = oda.memberships.get().team
    channel = deliveries.add_channel(team, "feishu", "Ops", FEISHU, "s", by=oda)
    deliveries.test(channel).tries.create(is_sent=False, answer="HTTP 500")
    return [
        "/gateways/reconciliation/?state=all",
        f"/differences/{found.pk}/",
        "/alerts/",
        "/alerts/channels/",
    ]


def test_no_barrier_on_any_page(pages, oda, no_barrier):
    for path in pages:
        no_barrier(oda, path)


def test_an_alert_is_marked_in_its_place(pages, oda, visit, page):
    visit(oda, "/alerts/")
    page.get_by_role("button", name="Mark as seen", exact=True).click()
    page.get_by_text("seen by oda").wait_for()
