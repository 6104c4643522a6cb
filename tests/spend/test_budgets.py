"""Monthly limits: exact under concurrency and from a budget's first day."""

import datetime
import threading
import uuid
from collections.abc import Callable

import pytest
from django.db import close_old_connections, connection, transaction
from django.utils import timezone

from accounts.models import Team, User
from spend import budgets, ledger
from spend.models import Budget, BudgetMonth, LedgerAccount, Transfer

pytestmark = pytest.mark.both_databases

TODAY = datetime.date(2026, 5, 20)


@pytest.fixture
def studio() -> Team:
    return Team.objects.create(name="Studio")


@pytest.fixture
def alice() -> User:
    return User.objects.create(username="alice")


def give(team: Team, amount: int) -> None:
    with transaction.atomic():
        reference = f"allocation:{uuid.uuid4()}"
        ledger.allocate(team, "integral", amount, by=None, reference=reference)


def scope(team: Team, user: User, **more: str) -> budgets.Scope:
    return budgets.Scope(team.pk, user.pk, "integral", **more)


def reserve(team: Team, user: User, amount: int, generation: int) -> ledger.Subject:
    who = ledger.Subject(team.pk, user.pk, "integral", generation)
    with transaction.atomic():
        ledger.reserve(who, amount, reference=f"generation:{generation}")
    return who


def at_once(actions: list[Callable[[], None]]) -> list[BaseException | None]:
    """Run each call in a thread, all at once; return their exceptions."""
    raised: list[BaseException | None] = [None] * len(actions)
    barrier = threading.Barrier(len(actions))

    def run(number: int, action: Callable[[], None]) -> None:
        barrier.wait()
        try:
            action()
        except Exception as error:
            raised[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    close_old_connections()
    return raised


# --- One person after the other


@pytest.mark.django_db
def test_the_limit_itself_may_be_used(studio: Team, alice: User) -> None:
    Budget.objects.create(team=studio, user=alice, limit=50)
    budgets.take(scope(studio, alice), 50, TODAY)
    with pytest.raises(budgets.BudgetExceeded) as caught, transaction.atomic():
        budgets.take(scope(studio, alice), 1, TODAY)
    assert (caught.value.left, caught.value.limit) == (0, 50)
    assert caught.value.is_personal


@pytest.mark.django_db
def test_the_smaller_of_two_limits_counts(studio: Team, alice: User) -> None:
    Budget.objects.create(team=studio, user=alice, limit=100)
    Budget.objects.create(team=studio, limit=30)
    with pytest.raises(budgets.BudgetExceeded) as caught, transaction.atomic():
        budgets.take(scope(studio, alice), 31, TODAY)
    assert not caught.value.is_personal
    assert caught.value.left == 30
    assert not BudgetMonth.objects.filter(used__gt=0).exists()


@pytest.mark.django_db
def test_without_a_budget_there_is_no_limit(studio: Team, alice: User) -> None:
    budgets.take(scope(studio, alice), 10**9, TODAY)
    assert budgets.allowances(studio, alice, "integral", TODAY) == []


@pytest.mark.django_db
def test_other_people_units_and_teams_do_not_count(studio: Team, alice: User) -> None:
    bob = User.objects.create(username="bob")
    other = Team.objects.create(name="Other")
    Budget.objects.create(team=studio, user=bob, limit=1)
    Budget.objects.create(team=studio, unit="image", limit=1)
    Budget.objects.create(team=other, limit=1)
    budgets.take(scope(studio, alice), 100, TODAY)


@pytest.mark.django_db
def test_a_new_month_begins_empty(studio: Team, alice: User) -> None:
    Budget.objects.create(team=studio, limit=50)
    budgets.take(scope(studio, alice), 50, datetime.date(2026, 5, 31))
    budgets.take(scope(studio, alice), 50, datetime.date(2026, 6, 1))
    july = datetime.date(2026, 7, 1)
    allowance = budgets.allowances(studio, alice, "integral", july)[0]
    assert (allowance.left, allowance.limit) == (50, 50)


@pytest.mark.django_db
def test_a_personal_allowance_comes_first(studio: Team, alice: User) -> None:
    Budget.objects.create(team=studio, limit=50)
    Budget.objects.create(team=studio, user=alice, limit=20)
    budgets.take(scope(studio, alice), 5, TODAY)
    allowances = budgets.allowances(studio, alice, "integral", TODAY)
    assert [(p.left, p.limit, p.is_personal) for p in allowances] == [
        (15, 20, True),
        (45, 50, False),
    ]


@pytest.mark.django_db
def test_a_lowered_limit_leaves_nothing_never_less(studio: Team, alice: User) -> None:
    budget = Budget.objects.create(team=studio, limit=50)
    budgets.take(scope(studio, alice), 40, TODAY)
    Budget.objects.filter(pk=budget.pk).update(limit=10)
    assert budgets.allowances(studio, alice, "integral", TODAY)[0].left == 0
    with pytest.raises(budgets.BudgetExceeded) as caught, transaction.atomic():
        budgets.take(scope(studio, alice), 1, TODAY)
    assert caught.value.left == 0


# --- With the books


@pytest.mark.django_db
def test_what_comes_back_may_be_used_again(studio: Team, alice: User) -> None:
    give(studio, 500)
    Budget.objects.create(team=studio, user=alice, limit=50)
    who = reserve(studio, alice, 50, generation=1)
    with pytest.raises(budgets.BudgetExceeded):
        reserve(studio, alice, 1, generation=2)
    ledger.settle(who, 50, 20, reference="task:1")
    reserve(studio, alice, 30, generation=3)
    with pytest.raises(budgets.BudgetExceeded):
        reserve(studio, alice, 1, generation=4)
    assert ledger.balances(studio)["available"] == 450


@pytest.mark.django_db
def test_a_refused_reservation_leaves_no_trace(studio: Team, alice: User) -> None:
    """The personal limit allows it, the team's does not: neither is counted."""
    give(studio, 500)
    Budget.objects.create(team=studio, user=alice, limit=100)
    Budget.objects.create(team=studio, limit=10)
    with pytest.raises(budgets.BudgetExceeded):
        reserve(studio, alice, 11, generation=1)
    assert not Transfer.objects.filter(kind="reserve").exists()
    assert not BudgetMonth.objects.filter(used__gt=0).exists()


@pytest.mark.django_db
def test_no_funds_leaves_the_budget_alone(studio: Team, alice: User) -> None:
    give(studio, 5)
    budget = Budget.objects.create(team=studio, limit=100)
    with pytest.raises(ledger.FundsExceeded):
        reserve(studio, alice, 11, generation=1)
    assert not budget.months.filter(used__gt=0).exists()


@pytest.mark.django_db
def test_a_budget_set_in_mid_month_knows_what_went_before(
    studio: Team, alice: User
) -> None:
    give(studio, 500)
    who = reserve(studio, alice, 48, generation=1)
    ledger.settle(who, 24, 20, reference="task:1")
    Budget.objects.create(team=studio, user=alice, limit=60)
    today = Transfer.objects.latest("pk").day
    assert budgets.allowances(studio, alice, "integral", today)[0].left == 16
    with pytest.raises(budgets.BudgetExceeded) as caught:
        reserve(studio, alice, 17, generation=2)
    assert caught.value.left == 16
    reserve(studio, alice, 16, generation=3)


@pytest.mark.django_db
def test_a_budget_set_before_a_release_counts_it_once(
    studio: Team, alice: User
) -> None:
    give(studio, 500)
    who = reserve(studio, alice, 48, generation=1)
    budget = Budget.objects.create(team=studio, user=alice, limit=60)
    ledger.release(who, 8, reference="task:1")
    assert budget.months.get().used == 40


@pytest.mark.django_db
def test_money_comes_back_to_the_month_it_came_from(
    studio: Team, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(studio, 500)
    budget = Budget.objects.create(team=studio, limit=100)
    may, june = datetime.date(2026, 5, 31), datetime.date(2026, 6, 2)
    monkeypatch.setattr(timezone, "localdate", lambda: may)
    who = reserve(studio, alice, 60, generation=1)
    monkeypatch.setattr(timezone, "localdate", lambda: june)
    ledger.settle(who, 60, 25, reference="task:1")
    assert {m.month.month: m.used for m in budget.months.all()} == {5: 25}
    assert budgets.used_in(budget, may) == 25
    assert budgets.used_in(budget, june) == 0


# --- All at once


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_exactly_five_fit(studio: Team, alice: User) -> None:
    give(studio, 10_000)
    budget = Budget.objects.create(team=studio, user=alice, limit=5 * 12)

    def submit(number: int) -> Callable[[], None]:
        return lambda: void(reserve(studio, alice, 12, generation=number))

    raised = at_once([submit(number) for number in range(20)])
    assert sum(error is None for error in raised) == 5
    refused = [error for error in raised if error is not None]
    assert {type(error) for error in refused} == {budgets.BudgetExceeded}
    assert budget.months.get().used == 60
    assert ledger.balances(studio)["reserved"] == 60
    assert Transfer.objects.filter(kind="reserve").count() == 5


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_the_balance_pays_five(studio: Team, alice: User) -> None:
    give(studio, 5 * 12 + 11)

    def submit(number: int) -> Callable[[], None]:
        return lambda: void(reserve(studio, alice, 12, generation=number))

    raised = at_once([submit(number) for number in range(20)])
    assert sum(error is None for error in raised) == 5
    refused = [error for error in raised if error is not None]
    assert {type(error) for error in refused} == {ledger.FundsExceeded}
    assert ledger.balances(studio)["available"] == 11


@pytest.mark.django_db(transaction=True)
def test_transfers_in_opposite_directions_do_not_deadlock(
    studio: Team, alice: User
) -> None:
    give(studio, 10_000)
    Budget.objects.create(team=studio, limit=10_000)
    open_ = [reserve(studio, alice, 10, generation=n) for n in range(1, 11)]

    def settle(who: ledger.Subject) -> None:
        with transaction.atomic():
            ledger.settle(who, 5, 9, reference=f"task:{who.generation}")
            ledger.release(who, 5, reference=f"rest:{who.generation}")

    actions: list[Callable[[], None]] = []
    for number, who in enumerate(open_):
        actions.append(lambda who=who: settle(who))  # type: ignore[misc]
        actions.append(
            lambda n=number: void(reserve(studio, alice, 3, generation=100 + n))  # type: ignore[misc]
        )
    assert at_once(actions) == [None] * 20
    assert ledger.balances(studio) == {
        "allocation": -10_000,
        "available": 10_000 - 90 - 30,
        "reserved": 30,
        "spent": 90,
        "written_off": 0,
    }
    assert BudgetMonth.objects.get().used == 120


@pytest.mark.django_db(transaction=True)
def test_the_first_transfers_of_a_team_may_come_at_once(studio: Team) -> None:
    assert at_once([lambda: give(studio, 7)] * 8) == [None] * 8
    assert ledger.balances(studio)["available"] == 56
    assert studio.ledger_accounts.count() == len(LedgerAccount.Kind)


@pytest.mark.django_db(transaction=True)
def test_one_task_is_settled_once(studio: Team, alice: User) -> None:
    give(studio, 100)
    who = reserve(studio, alice, 80, generation=1)

    def settle() -> None:
        with transaction.atomic():
            ledger.settle(who, 10, 10, reference="task:1")

    raised = at_once([settle] * 8)
    assert sum(error is None for error in raised) == 1
    assert ledger.balances(studio)["spent"] == 10


def void(_: object) -> None:
    """For a lambda that is to give nothing back."""
