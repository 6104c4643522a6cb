"""Limits of every scope, and increases that are decided once."""

import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from notifications.models import Alert
from spend import budgets, increases, ledger, ledger_invariants, limit_changes
from spend.limit_changes import Terms
from spend.models import Budget, Increase
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

MAY = datetime.date(2026, 5, 20)
JUNE = datetime.date(2026, 6, 3)


def scope(user: User, **more: str) -> budgets.Scope:
    return budgets.Scope(factories.team().pk, user.pk, "integral", **more)


def budget(**fields: Any) -> Budget:
    return Budget.objects.create(team=factories.team(), **{"limit": 50} | fields)


def test_what_is_left_leads_to_ones_limits(alice: User, signed_in: Any) -> None:
    leads = 'id="purse" href="/spend/limits/"'
    assert leads not in signed_in(alice).get("/").text
    budget(user=alice)
    assert leads in signed_in(alice).get("/").text


def test_an_operations_limit_is_for_it_alone(alice: User) -> None:
    budget(operation="a", limit=5)
    budgets.take(scope(alice, operation="b"), 50, MAY)
    with pytest.raises(budgets.BudgetExceeded), transaction.atomic():
        budgets.take(scope(alice, operation="a"), 6, MAY)
    allowances = budgets.allowances(factories.team(), alice, "integral", MAY, "a")
    assert [allowance.left for allowance in allowances] == [5]
    assert budgets.allowances(factories.team(), alice, "integral", MAY) == []


def test_a_gateways_limit_is_for_it_alone(alice: User) -> None:
    budget(gateway="wujie:1", limit=5)
    budgets.take(scope(alice, gateway="wujie:2"), 50, MAY)
    with pytest.raises(budgets.BudgetExceeded), transaction.atomic():
        budgets.take(scope(alice, gateway="wujie:1"), 6, MAY)


def test_a_soft_limit_may_be_passed(alice: User) -> None:
    row = budget(is_hard=False)
    budgets.take(scope(alice), 70, MAY)
    assert row.months.get().used == 70
    allowance = budgets.allowances(factories.team(), alice, "integral", MAY)[0]
    assert (allowance.left, allowance.is_hard) == (0, False)


def test_a_project_counts_once_and_between_its_days(alice: User) -> None:
    row = budget(period="project", project="Film", starts_on=MAY, ends_on=JUNE)
    before, after = MAY - datetime.timedelta(1), JUNE + datetime.timedelta(1)
    for outside in (before, after):
        budgets.take(scope(alice), 1000, outside)
    budgets.take(scope(alice), 30, MAY)
    with pytest.raises(budgets.BudgetExceeded), transaction.atomic():
        budgets.take(scope(alice), 21, JUNE)
    assert row.months.get().used == 30


@pytest.mark.parametrize(("used", "left"), [(30, 70), (50, 50)])
def test_what_is_left_is_carried_over(alice: User, used: int, left: int) -> None:
    budget(carries_over=True)
    budgets.take(scope(alice), used, MAY)
    allowance = budgets.allowances(factories.team(), alice, "integral", JUNE)[0]
    assert (allowance.left, allowance.limit) == (left, left)
    budgets.take(scope(alice), left, JUNE)
    with pytest.raises(budgets.BudgetExceeded), transaction.atomic():
        budgets.take(scope(alice), 1, JUNE)


def test_what_comes_back_later_is_carried_too(alice: User) -> None:
    row = budget(carries_over=True)
    budgets.take(scope(alice), 30, MAY)
    budgets.take(scope(alice), 10, JUNE)
    budgets.adjust(scope(alice), -5, MAY)
    assert row.months.get(month__month=6).carried == 25


def test_without_carry_over_a_month_begins_anew(alice: User) -> None:
    budget()
    budgets.take(scope(alice), 30, MAY)
    assert budgets.allowances(factories.team(), alice, "integral", JUNE)[0].left == 50


def test_granted_it_allows_more_in_its_month(alice: User, otto: User) -> None:
    row = budget(user=alice)
    asked = increases.ask(row, 20, reason="a poster", by=alice)
    assert Alert.objects.open().get().kind == increases.ALERT
    increases.grant(asked, by=otto, day=MAY)
    budgets.take(scope(alice), 70, MAY)
    with pytest.raises(budgets.BudgetExceeded), transaction.atomic():
        budgets.take(scope(alice), 1, MAY)
    assert budgets.allowances(factories.team(), alice, "integral", JUNE)[0].left == 50
    assert not Alert.objects.open().exists()


def test_it_is_decided_once(alice: User, otto: User) -> None:
    asked = increases.ask(budget(), 20, reason="", by=alice)
    with pytest.raises(IntegrityError), transaction.atomic():
        increases.ask(asked.budget, 5, reason="", by=alice)
    increases.refuse(asked, by=otto)
    with pytest.raises(increases.AlreadyDecided):
        increases.grant(asked, by=otto, day=MAY)
    assert asked.budget.months.count() == 0
    increases.ask(asked.budget, 5, reason="", by=alice)


def test_a_project_that_is_over_is_given_nothing(alice: User, otto: User) -> None:
    row = budget(period="project", project="Film", starts_on=MAY, ends_on=JUNE)
    asked = increases.ask(row, 20, reason="", by=alice)
    late = JUNE + datetime.timedelta(1)
    with pytest.raises(increases.NotRunning):
        increases.grant(asked, by=otto, day=late)
    assert Increase.objects.waiting().get() == asked
    assert Alert.objects.open().get().kind == increases.ALERT
    increases.grant(asked, by=otto, day=JUNE)
    assert row.months.get().extra == 20


def test_a_new_limit_of_any_kind_knows_the_books(alice: User) -> None:
    factories.generation(alice, reserved=8)
    factories.generation(alice, reserved=4, provider="wujie", operation="other")
    today = timezone.localdate()
    with transaction.atomic():
        ledger.lock(factories.team(), "integral")
        for terms in (
            Terms(operation="other"),
            Terms(gateway=factories.account("wujie").purse),
            Terms(project="Film", starts_on=today),
            Terms(project="Later", starts_on=today.replace(year=2099)),
        ):
            holder = limit_changes.Holder(factories.team(), "integral")
            limit_changes.set_limit(holder, 50, today, terms)
    used = {
        str(row.operation or row.gateway or row.project): row.months.get().used
        for row in Budget.objects.exclude(project="Later")
    }
    assert sorted(used.values()) == [4, 12, 12]
    assert used["other"] == 4
    assert list(ledger_invariants.wrong_budgets()) == []


def test_a_new_personal_limit_knows_ones_own_costs(alice: User, mona: User) -> None:
    factories.generation(alice, reserved=8)
    factories.generation(mona, reserved=4)
    holder = limit_changes.Holder(factories.team(), "integral", alice)
    with transaction.atomic():
        ledger.lock(factories.team(), "integral")
        limit_changes.set_limit(holder, 50, timezone.localdate())
    assert Budget.objects.get().months.get().used == 8
    assert list(ledger_invariants.wrong_budgets()) == []


# --- Pages


def test_a_member_asks_and_an_admin_grants(
    alice: User, otto: User, bob: User, signed_in: Any
) -> None:
    row = budget(user=alice, limit=10)
    page = signed_in(alice)
    assert [each[0] for each in page.get("/spend/limits/").context["limits"]] == [row]
    sent = {"budget": row.pk, "amount": 5, "reason": "a poster"}
    page.post("/spend/limits/increases/", sent)
    asked = Increase.objects.get()
    assert (asked.amount, asked.asked_by) == (5, alice)
    url = f"/spend/budgets/increases/{asked.pk}/"
    assert page.post(url, {"decision": "granted"}).status_code == 404
    assert signed_in(bob).post("/spend/limits/increases/", sent).status_code == 422
    assert "a poster" in signed_in(otto).get("/spend/budgets/").content.decode()
    signed_in(otto).post(url, {"decision": "granted"})
    assert row.months.get().extra == 5


def test_a_strangers_limit_is_not_shown(
    alice: User, mona: User, signed_in: Any
) -> None:
    budget(user=mona)
    assert signed_in(alice).get("/spend/limits/").context["limits"] == []


def test_an_admin_sets_every_term(otto: User, signed_in: Any) -> None:
    page = signed_in(otto)
    sent = {"unit": "integral", "limit": 9, "project": "Film", "is_soft": "on"}
    assert page.post("/spend/budgets/limits/new/", sent).status_code == 422
    page.post("/spend/budgets/limits/new/", sent | {"starts_on": "2026-05-20"})
    row = Budget.objects.get()
    assert (row.project, row.is_hard, row.starts_on) == ("Film", False, MAY)
