"""Spend pages in a browser: a limit in its row, a filter, a month, at any width."""

import datetime

import pytest
from django.db import transaction
from django.utils import timezone

from spend import ledger
from spend.models import Budget, RoleLimit, SavedView
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
LIMITS = "/spend/budgets/"


@pytest.fixture
def books(alice, otto):
    """A month with work, limits of each kind, a view."""
    last_month = timezone.localdate().replace(day=1) - datetime.timedelta(1)
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(timezone, "localdate", lambda: last_month)
        who = ledger.Subject(factories.team().pk, alice.pk, "integral", 1)
        ledger.reserve(who, 12, reference="generation:1")
        ledger.settle(who, 10, 10, reference="task:1")
    team = factories.team()
    Budget.objects.create(team=team, user=alice, limit=400)
    Budget.objects.create(team=team, limit=90, operation="wujie-drawing")
    RoleLimit.objects.create(team=team, role="admin", limit=50)
    SavedView.objects.create(team=team, saved_by=otto, name="Mine", address="by=user")
    month = f"{last_month:%Y-%m}"
    return [
        "/spend/?period=own&since=2026-01-01&until=2026-03-01&by=user",
        "/spend/transfers/?unit=integral&account=spent",
        LIMITS,
        "/spend/rules/",
        "/spend/months/",
        f"/spend/months/{month}/",
        f"/spend/months/{month}/close/",
    ]


def test_no_barrier_on_any_page(books, otto, no_barrier):
    for path in books:
        no_barrier(otto, path, opened="details.menu > summary, details.more > summary")


def test_owners_pages_have_no_barrier(oda, no_barrier):
    for path in ("/spend/teams/", f"/spend/teams/{factories.team().pk}/"):
        no_barrier(oda, path)


def test_a_limit_is_saved_in_its_row_and_undone(books, alice, otto, visit, page):
    """By keys alone; what was typed elsewhere stays."""
    visit(otto, LIMITS)
    other, own = (page.locator(f"#own-{key}") for key in (otto.pk, alice.pk))
    other.fill("77")
    own.fill("300")
    own.press("Enter")
    page.locator(f"#limit-{alice.pk} [role=status]").wait_for()
    assert own.input_value() == "300"
    assert other.input_value() == "77"
    page.get_by_role("button", name="Undo").press("Enter")
    page.locator(f"#own-{alice.pk}[value='400']").wait_for()
    assert Budget.objects.get(user=alice).limit == 400
    own.fill("")
    page.locator("#own-role-member").fill("60")
    page.locator("#own-role-member").press("Enter")
    page.get_by_text("It holds for 0 people.").wait_for()


def test_an_error_stands_in_its_row(books, alice, otto, visit, page, complaints):
    visit(otto, LIMITS)
    Budget.objects.filter(user=alice).update(limit=5)
    own = page.locator(f"#own-{alice.pk}")
    own.fill("300")
    own.press("Enter")
    page.get_by_text("Another admin set this limit to 5 integrals").wait_for()
    assert own.input_value() == "300"
    assert all("422" in each for each in complaints)
    complaints.clear()
