"""The pages of moderators and admins: readable by all, at any width, in both themes."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from moderation import decisions
from moderation.models import Reveal
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

LABELS = [{"label": "porn", "description": "色情", "verdict": "review", "rate": 0.7}]


@pytest.fixture
def paths(alice, mona, oda):
    """A team at work, and where its moderators and admins look."""
    for verdict in ("review", "block", "missing"):
        held = factories.artwork(
            alice, moderation="pending", verdict=verdict, labels=LABELS
        )
    decisions.screen_pending(10)
    Reveal.objects.create(artwork=held, revealed_by=oda)
    released = factories.artwork(alice)
    factories.team().add("newcomer", "member")
    factories.team().invite("guest", "member", "A guest", by=oda)
    factories.team("Elsewhere").invite("oda", "member", by=alice)
    return [
        reverse("moderation:queue"),
        reverse("moderation:queue") + "?part=offending",
        reverse("moderation:sheet"),
        reverse("moderation:rulebook"),
        reverse("moderation:desk"),
        reverse("moderation:review", args=[held.pk]),
        reverse("moderation:review", args=[held.pk]) + "?revealed=1",
        reverse("moderation:review", args=[released.pk]),
        reverse("spend:overview") + "?by=user",
        reverse("spend:transfers"),
        reverse("spend:transfers") + "?account=spent&unit=integral",
        reverse("spend:budgets"),
        reverse("accounts:people"),
        reverse("accounts:password"),
        reverse("accounts:invitations"),
        reverse("accounts:owners"),
        reverse("accounts:new_team"),
        reverse("spend:teams"),
        reverse("spend:team", args=[factories.team().pk]),
    ]


def test_no_barrier_in_another_state(paths, oda, no_barrier):
    """Without a query they are walked in test_every_page.py."""
    asked = [path for path in paths if "?" in path]
    assert len(asked) >= 4
    for path in asked:
        no_barrier(oda, path, opened="details:not(.menu) > summary")


def test_no_barrier_before_the_sign_in(live_server, page):
    checked = page.context.browser.new_page(bypass_csp=True)
    checked.goto(live_server.url + reverse("accounts:login"))
    found = Axe().run(checked)
    assert found.violations_count == 0, found.generate_report()
    checked.close()


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_nothing_hangs_over_the_edge(paths, oda, visit, page, width):
    page.set_viewport_size({"width": width, "height": 900})
    for path in paths:
        visit(oda, path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, path


def test_a_wrong_field_has_the_focus(oda, visit, page, complaints):
    visit(oda, reverse("accounts:new_team"))
    page.get_by_label("Name").fill("Studio")
    page.keyboard.press("Enter")
    page.get_by_text("There is a team of this name already.").wait_for()
    assert page.evaluate("document.activeElement.name") == "name"
    complaints.clear()  # the 422
