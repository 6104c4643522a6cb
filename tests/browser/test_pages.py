"""Every page of the member: readable by all, at any width, in both themes."""

import pytest
from django.utils import timezone

from generation.models import (
    Callback,
    Generation,
    ProviderTask,
    SubmitRecovery,
    UnmatchedKey,
)
from moderation.models import Decision
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def full(alice, mona, oda):
    """A team at work: something of every state."""
    factories.catalogue()
    for status in Generation.Status.values:
        factories.generation(alice, status=status)
    drawing = factories.generation(alice, status="running", pictures=4)
    for position, percent in enumerate((10.0, 50.0, 90.0)):
        factories.task(drawing, position=position, status="drawing", percent=percent)
    factories.task(drawing, position=3, status=ProviderTask.Status.OVERDUE)
    for moderation in ("held", "rejected", "released"):
        artwork = factories.artwork(alice, moderation=moderation)
    Decision.objects.create(artwork=artwork, action="release", decided_by=mona)
    lost = Generation.objects.get(status="uncertain")
    SubmitRecovery.objects.create(generation=lost, looks=7, looked_at=timezone.now())
    Callback.objects.create(generation=lost, body=b'{"key": "K"}')
    for number in range(3):
        key, now = f"{number:032X}", timezone.now()
        UnmatchedKey.objects.create(account=lost.account, key=key, made_at=now)
    account = factories.account("wujie")
    account.health.trouble = "签名错误 (10020001)"
    account.health.save()
    return artwork


def test_no_barrier_on_any_page(full, oda, alice, no_barrier):
    pages = [
        (alice, "/"),
        (alice, "/?operation=jumdata-drawing"),
        (alice, "/activity/"),
        (alice, "/gallery/"),
        (alice, f"/artworks/{full.pk}/"),
        (alice, f"/generations/{full.generation_id}/"),
        (oda, "/gateways/"),
        (oda, "/gateways/uncertain/"),
        (oda, "/gateways/at-risk/"),
        (oda, "/gateways/at-risk/?show=tasks"),
    ]
    for user, path in pages:
        no_barrier(user, path)


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_nothing_hangs_over_the_edge(full, oda, visit, page, width):
    page.set_viewport_size({"width": width, "height": 900})
    paths = ["/", "/activity/?everyone=1", "/gallery/"]
    at_risk = ("/gateways/at-risk/", "/gateways/at-risk/?show=tasks")
    for path in (*paths, "/gateways/", "/gateways/uncertain/", *at_risk):
        visit(oda, path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, path


def test_a_lost_answer_is_closed_in_its_place(full, oda, visit, page):
    visit(oda, "/gateways/uncertain/")
    page.get_by_role("button", name="Not charged").click()
    page.get_by_text("Closed: not charged.").wait_for()
    assert page.get_by_role("button", name="Charged", exact=True).count() == 0
    assert Generation.objects.get(submit_recovery__closed_by=oda).status == "failed"


def test_keys_lead_through_the_gallery(full, alice, visit, page):
    older = factories.artwork(alice)
    visit(alice, f"/artworks/{older.pk}/")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**/artworks/{full.pk}/")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(f"**/artworks/{older.pk}/")
    page.keyboard.press("Escape")
    page.wait_for_url(f"**/gallery/#picture-{older.pk}")  # back where one was


def test_the_side_bar_stays_folded(full, alice, visit, page):
    visit(alice, "/")
    page.get_by_role("button", name="Fold the side bar").click()
    assert page.locator(".side").bounding_box()["width"] < 80
    page.reload()
    assert page.locator(".side").bounding_box()["width"] < 80
