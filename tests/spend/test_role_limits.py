"""Defaults per role: they count like a limit of one's own, and give way to it."""

import datetime
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from spend import budgets, increases, ledger, ledger_invariants, limit_changes
from spend.models import Budget, RoleLimit
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def default(limit: int | None, role: str = "member") -> None:
    holder = limit_changes.Holder(factories.team(), "integral", role=role)
    with transaction.atomic():
        ledger.lock(factories.team(), "integral")
        limit_changes.set_default(holder, limit, timezone.localdate())


def own(user: User, limit: int | None, by: User) -> None:
    holder = limit_changes.Holder(factories.team(), "integral", user)
    day = timezone.localdate()
    limit_changes.change(holder, limit, was=holder.limit, by=by, day=day)


def left(user: User) -> list[tuple[int, int]]:
    day = timezone.localdate()
    found = budgets.allowances(factories.team(), user, "integral", day)
    return [(each.left, each.limit) for each in found]


def test_a_default_limits_its_role_alone(alice: User, mona: User) -> None:
    factories.generation(alice, reserved=8)
    default(20)
    assert left(alice) == [(12, 20)]
    assert left(mona) == []
    factories.generation(mona, reserved=100)
    with pytest.raises(budgets.BudgetExceeded) as caught:
        factories.generation(alice, reserved=13)
    assert (caught.value.left, caught.value.is_personal) == (12, True)
    assert list(ledger_invariants.wrong_budgets()) == []


def test_a_newcomer_has_the_default_at_once(otto: User) -> None:
    default(20)
    newcomer = factories.user("newcomer")
    assert left(newcomer) == [(20, 20)]
    assert not Budget.objects.filter(user=newcomer).exists()
    factories.generation(newcomer, reserved=15)
    assert left(newcomer) == [(5, 20)]
    with pytest.raises(budgets.BudgetExceeded):
        factories.generation(newcomer, reserved=6)


def test_ones_own_limit_goes_before_the_default(alice: User, otto: User) -> None:
    default(20)
    factories.generation(alice, reserved=8)
    own(alice, 50, by=otto)
    assert left(alice) == [(42, 50)]
    default(5)
    assert left(alice) == [(42, 50)]
    own(alice, None, by=otto)
    assert left(alice) == [(0, 5)]
    assert list(ledger_invariants.wrong_budgets()) == []


def test_a_changed_default_holds_for_everybody_at_once(alice: User, otto: User) -> None:
    default(20)
    default(30)
    assert left(alice) == [(30, 30)]
    default(None)
    assert left(alice) == []
    factories.generation(alice, reserved=25)
    default(30)
    assert left(alice) == [(5, 30)]
    assert list(ledger_invariants.wrong_budgets()) == []


def test_another_role_brings_its_own_default(alice: User, otto: User) -> None:
    """What was used counts on, whatever the role was then."""
    default(20)
    factories.generation(alice, reserved=8)
    alice.memberships.get().change_role("moderator", by=otto)
    assert left(alice) == []
    factories.generation(alice, reserved=30)
    default(50, role="moderator")
    assert left(alice) == [(12, 50)]
    alice.memberships.get().change_role("member", by=otto)
    assert left(alice) == [(0, 20)]
    assert list(ledger_invariants.wrong_budgets()) == []


def test_what_comes_back_may_be_used_again(alice: User) -> None:
    default(20)
    made = factories.generation(alice, reserved=20)
    with transaction.atomic():
        subject = ledger.Subject(made.team_id, alice.pk, "integral", made.pk)
        ledger.release(subject, 20, reference="rest")
    assert left(alice) == [(20, 20)]


def test_a_default_is_increased_for_one_person(
    alice: User, mona: User, otto: User, signed_in: Any
) -> None:
    RoleLimit.objects.create(team=factories.team(), role="member", limit=20)
    shown = signed_in(alice).get("/spend/limits/").context["limits"]
    ((row, _counter, allowed),) = shown
    assert allowed == 20
    asked = increases.ask(row, 5, reason="", by=alice)
    increases.grant(asked, by=otto, day=timezone.localdate())
    assert left(alice) == [(25, 25)]
    assert signed_in(mona).get("/spend/limits/").context["limits"] == []


def test_what_was_carried_over_does_not_raise_a_default(
    alice: User, otto: User
) -> None:
    today = timezone.localdate()
    row = Budget.objects.create(
        team=factories.team(), user=alice, limit=50, carries_over=True
    )
    last = today.replace(day=1) - datetime.timedelta(1)
    budgets.begin(row, last)
    budgets.begin(row, today)
    assert left(alice) == [(100, 100)]
    default(20)
    own(alice, None, by=otto)
    assert left(alice) == [(20, 20)]
    with pytest.raises(budgets.BudgetExceeded):
        factories.generation(alice, reserved=21)


def test_a_limit_seen_before_is_not_overwritten(alice: User, otto: User) -> None:
    own(alice, 50, by=otto)
    holder = limit_changes.Holder(factories.team(), "integral", alice)
    day = timezone.localdate()
    with pytest.raises(limit_changes.LimitChanged) as caught:
        limit_changes.change(holder, 60, was=None, by=otto, day=day)
    assert caught.value.now == 50
    assert holder.limit == 50
