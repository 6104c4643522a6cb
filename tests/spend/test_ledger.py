"""The ledger: every transfer once, balances are sums, nothing overdrawn."""

import contextlib
import datetime
import uuid
from collections.abc import Iterator

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Team, User
from log.models import RowIsFinal
from spend import budgets, ledger, ledger_invariants, month_closing
from spend.models import (
    Budget,
    BudgetMonth,
    ClosedMonth,
    LedgerAccount,
    Transfer,
    next_month,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

Kind = Transfer.Kind


@pytest.fixture
def studio() -> Team:
    return Team.objects.create(name="Studio")


@pytest.fixture
def alice() -> User:
    return User.objects.create(username="alice")


def give(team: Team, amount: int = 400, unit: str = "integral") -> Transfer:
    with transaction.atomic():
        return ledger.allocate(
            team, unit, amount, by=None, reference=f"allocation:{uuid.uuid4()}"
        )


def subject(team: Team, user: User, generation: int = 7) -> ledger.Subject:
    return ledger.Subject(
        team.pk, user.pk, "integral", generation, "wujie", "wujie-drawing", "m"
    )


def sums(team: Team, unit: str = "integral") -> dict[str, int]:
    """Balance of each account, summed from transfers."""
    found = dict.fromkeys(LedgerAccount.Kind.values, 0)
    rows = Transfer.objects.filter(team=team, unit=unit)
    for source, destination, amount in rows.values_list(
        "source__kind", "destination__kind", "amount"
    ):
        found[source] -= amount
        found[destination] += amount
    return found


def used(budget: Budget) -> int:
    month = budget.months.first()
    return month.used if month else 0


def test_a_generation_is_reserved_and_settled(studio: Team, alice: User) -> None:
    give(studio, 400)
    ledger.reserve(subject(studio, alice), 48, reference="generation:7")
    assert ledger.balances(studio) == {
        "allocation": -400,
        "available": 352,
        "reserved": 48,
        "spent": 0,
        "written_off": 0,
    }
    ledger.settle(subject(studio, alice), 24, 24, reference="task:1")
    ledger.settle(subject(studio, alice), 24, 20, reference="task:2")
    assert ledger.balances(studio) == {
        "allocation": -400,
        "available": 356,
        "reserved": 0,
        "spent": 44,
        "written_off": 0,
    }
    assert sums(studio) == ledger.balances(studio)


def test_a_transfer_carries_what_reports_need(studio: Team, alice: User) -> None:
    give(studio)
    ledger.reserve(subject(studio, alice), 48, reference="generation:7")
    row = Transfer.objects.get(kind=Kind.RESERVE)
    assert (row.team, row.user, row.unit) == (studio, alice, "integral")
    assert (row.generation, row.provider, row.operation, row.model) == (
        7,
        "wujie",
        "wujie-drawing",
        "m",
    )
    assert row.reference == "generation:7"


def test_nothing_is_written_for_nothing(studio: Team, alice: User) -> None:
    who = subject(studio, alice)
    ledger.reserve(who, 0, reference="generation:7")
    ledger.settle(who, 0, 0, reference="task:1")
    ledger.release(who, 0, reference="task:2")
    ledger.refund(who, 0, reference="task:3")
    ledger.adjust_reservation(who, 5, 5, reference="generation:7")
    assert not Transfer.objects.exists()


def test_it_refuses_more_than_is_available(studio: Team, alice: User) -> None:
    give(studio, 40)
    with pytest.raises(ledger.FundsExceeded) as caught, transaction.atomic():
        ledger.reserve(subject(studio, alice), 48, reference="generation:7")
    assert caught.value.left == 40
    assert ledger.balances(studio)["available"] == 40
    assert Transfer.objects.count() == 1


def test_a_team_without_an_allocation_has_nothing(studio: Team, alice: User) -> None:
    with pytest.raises(ledger.FundsExceeded) as caught, transaction.atomic():
        ledger.reserve(subject(studio, alice), 1, reference="generation:7")
    assert caught.value.left == 0


def test_units_and_teams_are_apart(studio: Team, alice: User) -> None:
    other = Team.objects.create(name="Other")
    give(studio, 400)
    give(studio, 5, "image")
    give(other, 70)
    ledger.reserve(subject(studio, alice), 48, reference="generation:7")
    assert ledger.balances(studio)["available"] == 352
    assert ledger.balances(studio, "image")["available"] == 5
    assert ledger.balances(other)["available"] == 70


@pytest.mark.parametrize(
    "again",
    [
        lambda who: ledger.reserve(who, 1, reference="generation:7"),
        lambda who: ledger.settle(who, 24, 24, reference="task:1"),
        lambda who: ledger.settle(who, 24, 20, reference="task:1"),
        lambda who: ledger.release(who, 4, reference="task:2"),
        lambda who: ledger.refund(who, 24, reference="task:1"),
    ],
)
def test_the_same_transfer_is_not_written_twice(
    studio: Team, alice: User, again
) -> None:
    give(studio)
    who = subject(studio, alice)
    ledger.reserve(who, 96, reference="generation:7")
    ledger.settle(who, 24, 24, reference="task:1")
    ledger.settle(who, 24, 20, reference="task:2")
    ledger.refund(who, 24, reference="task:1")
    before = ledger.balances(studio)
    with pytest.raises((IntegrityError, ledger.Overdrawn)), transaction.atomic():
        again(who)
    assert ledger.balances(studio) == before == sums(studio)


def test_a_second_settlement_breaks_the_unique_constraint(
    studio: Team, alice: User
) -> None:
    give(studio)
    who = subject(studio, alice)
    ledger.reserve(who, 96, reference="generation:7")
    ledger.settle(who, 24, 24, reference="task:1")
    with pytest.raises(IntegrityError), transaction.atomic():
        ledger.settle(who, 24, 24, reference="task:1")


def test_more_than_reserved_may_be_owed(studio: Team, alice: User) -> None:
    """The gateway charged it already, so nothing refuses it."""
    give(studio, 10)
    who = subject(studio, alice)
    ledger.reserve(who, 10, reference="generation:7")
    ledger.settle(who, 10, 25, reference="task:1")
    assert ledger.balances(studio) == {
        "allocation": -10,
        "available": -15,
        "reserved": 0,
        "spent": 25,
        "written_off": 0,
    }
    assert sums(studio) == ledger.balances(studio)


def test_what_was_not_set_aside_cannot_be_taken(studio: Team, alice: User) -> None:
    give(studio)
    who = subject(studio, alice)
    ledger.reserve(who, 10, reference="generation:7")
    with pytest.raises(ledger.Overdrawn), transaction.atomic():
        ledger.release(who, 11, reference="task:1")
    with pytest.raises(ledger.Overdrawn), transaction.atomic():
        ledger.refund(who, 1, reference="task:1")
    assert ledger.balances(studio)["reserved"] == 10


def test_a_reservation_follows_the_gateways_price(studio: Team, alice: User) -> None:
    give(studio, 50)
    who = subject(studio, alice)
    ledger.reserve(who, 40, reference="generation:7")
    ledger.adjust_reservation(who, 40, 60, reference="generation:7")
    assert ledger.balances(studio)["reserved"] == 60
    assert ledger.balances(studio)["available"] == -10


def test_a_lowered_reservation_can_still_be_released(studio: Team, alice: User) -> None:
    give(studio, 50)
    who = subject(studio, alice)
    ledger.reserve(who, 40, reference="generation:7")
    ledger.adjust_reservation(who, 40, 30, reference="generation:7")
    ledger.release(who, 30, reference="generation:7")
    assert ledger.balances(studio)["available"] == 50
    assert ledger.balances(studio)["reserved"] == 0


def test_the_books_are_append_only(studio: Team) -> None:
    row = give(studio)
    row.amount = 1
    for change in (
        row.save,
        row.delete,
        Transfer.objects.all().delete,
        lambda: Transfer.objects.update(amount=1),
    ):
        with pytest.raises(RowIsFinal):
            change()
    assert Transfer.objects.get().amount == 400


def test_what_is_written_off_stays_used(studio: Team, alice: User) -> None:
    give(studio, 50)
    budget = Budget.objects.create(team=studio, user=alice, limit=45)
    who = subject(studio, alice)
    ledger.reserve(who, 40, reference="generation:7")
    ledger.write_off(who, 40, reference="generation:7")
    assert ledger.balances(studio) == {
        "allocation": -50,
        "available": 10,
        "reserved": 0,
        "spent": 0,
        "written_off": 40,
    }
    assert used(budget) == 40
    assert sums(studio) == ledger.balances(studio)
    assert list(ledger_invariants.broken()) == []


def test_a_refund_takes_no_write_off_of_others(studio: Team, alice: User) -> None:
    give(studio)
    mine, others = subject(studio, alice, 7), subject(studio, alice, 8)
    with transaction.atomic():
        for who in (mine, others):
            ledger.reserve(who, 4, reference=f"generation:{who.generation}")
            ledger.settle(who, 4, 4, reference=f"task:{who.generation}")
        ledger.write_off_rejected(others, 4, reference="artwork:8")
        ledger.correct(mine, 4, 1, reference="task:7:1")
    balances = ledger.balances(studio)
    assert (balances["spent"], balances["written_off"]) == (1, 4)


def test_nothing_is_written_off_twice_or_unreserved(studio: Team, alice: User) -> None:
    give(studio, 50)
    who = subject(studio, alice)
    ledger.reserve(who, 40, reference="generation:7")
    ledger.write_off(who, 20, reference="generation:7")
    with pytest.raises(IntegrityError), transaction.atomic():
        ledger.write_off(who, 20, reference="generation:7")
    with pytest.raises(ledger.Overdrawn), transaction.atomic():
        ledger.write_off(who, 21, reference="generation:8")
    assert ledger.balances(studio)["written_off"] == 20


@pytest.mark.parametrize("amount", [0, -5])
def test_the_database_refuses_to_move_nothing(studio: Team, amount: int) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        give(studio, amount)


@pytest.mark.django_db(transaction=True)
def test_it_is_refused_outside_a_transaction(studio: Team) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        ledger.allocate(studio, "integral", 1, by=None, reference="allocation:1")


# --- Random sequences

STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("reserve", "adjust", "settle", "release", "refund", "write_off"),
                *("correct", "lose", "recover", "reduce", "budget", "close"),
            ]
        ),
        st.integers(0, 2),  # which generation
        st.integers(0, 60),
    ),
    max_size=25,
)


class Caller:
    """A caller of the ledger, with the state that it needs."""

    def __init__(self) -> None:
        self.team = Team.objects.create(name=f"Team {uuid.uuid4()}")
        self.user = User.objects.create(username=str(uuid.uuid4()))
        self.open: dict[int, int] = {}  # generation → still reserved
        self.spent: dict[int, int] = {}
        self.lost = 0
        self.recoverable = dict.fromkeys(range(3), 0)
        self.turn = 0
        self.day = datetime.date(2026, 1, 15)
        with self.today():
            give(self.team, 150)

    @contextlib.contextmanager
    def today(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(timezone, "localdate", lambda *_: self.day)
            yield

    def step(self, action: str, key: int, amount: int) -> None:
        self.turn += 1
        who = subject(self.team, self.user, self.number(key))
        try:
            with self.today(), transaction.atomic():
                getattr(self, action)(who, key, amount)
        except (ledger.FundsExceeded, budgets.BudgetExceeded):
            pass

    def number(self, key: int) -> int:
        return self.team.pk * 1000 + key

    def reference(self) -> str:
        return f"turn:{self.team.pk}:{self.turn}"

    def reserve(self, who: ledger.Subject, key: int, amount: int) -> None:
        if key not in self.open and amount:
            ledger.reserve(who, amount, reference=f"generation:{who.generation}")
            self.open[key] = amount

    def adjust(self, who: ledger.Subject, key: int, amount: int) -> None:
        if key in self.open:
            held = self.open[key]
            ledger.adjust_reservation(who, held, amount, reference=self.reference())
            self.open[key] = amount

    def settle(self, who: ledger.Subject, key: int, amount: int) -> None:
        if key in self.open:
            held = self.open[key]
            ledger.settle(who, held, amount, reference=self.reference())
            self.open[key] = 0
            self.spent[key] = self.spent.get(key, 0) + amount

    def release(self, who: ledger.Subject, key: int, amount: int) -> None:
        part = min(self.open.get(key, 0), amount)
        ledger.release(who, part, reference=self.reference())
        if part:
            self.open[key] -= part

    def refund(self, who: ledger.Subject, key: int, amount: int) -> None:
        part = min(self.spent.get(key, 0), amount)
        ledger.refund(who, part, reference=self.reference())
        if part:
            self.spent[key] -= part

    def write_off(self, who: ledger.Subject, key: int, amount: int) -> None:
        part = min(self.open.get(key, 0), amount)
        ledger.write_off(who, part, reference=self.reference())
        if part:
            self.open[key] -= part
            self.lost += part
            self.recoverable[key] += part

    def correct(self, who: ledger.Subject, key: int, amount: int) -> None:
        """A settled cost turns out to be another, higher or lower."""
        if key in self.spent:
            before = self.spent[key]
            ledger.correct(who, before, amount, reference=self.reference())
            self.spent[key] = amount

    def lose(self, who: ledger.Subject, key: int, amount: int) -> None:
        part = min(self.spent.get(key, 0), amount)
        ledger.write_off_rejected(who, part, reference=self.reference())
        if part:
            self.spent[key] -= part
            self.lost += part

    def recover(self, who: ledger.Subject, key: int, amount: int) -> None:
        part = min(self.recoverable[key], amount)
        ledger.recover(who, part, reference=self.reference())
        self.recoverable[key] -= part
        self.lost -= part

    def reduce(self, who: ledger.Subject, key: int, amount: int) -> None:
        if amount:
            ledger.deallocate(
                self.team, "integral", amount, by=None, reference=self.reference()
            )

    def close(self, who: ledger.Subject, key: int, amount: int) -> None:
        """The month is over, and closed: nothing is booked into it any more."""
        over = self.day
        self.day = next_month(over).replace(day=15)
        with self.today():
            month_closing.close(self.team, over, by=self.user)

    def budget(self, who: ledger.Subject, key: int, amount: int) -> None:
        """A limit may begin, or change, in the middle of a month."""
        Budget.objects.update_or_create(
            team=self.team,
            user=self.user if key % 2 else None,
            unit="integral",
            defaults={"limit": amount * 3},
        )

    def check(self) -> None:
        balances = ledger.balances(self.team)
        assert balances == sums(self.team)
        assert sum(balances.values()) == 0
        assert balances["reserved"] == sum(self.open.values())
        assert balances["spent"] == sum(self.spent.values())
        assert balances["written_off"] == self.lost
        taken = balances["reserved"] + balances["spent"] + balances["written_off"]
        assert list(ledger_invariants.broken()) == []
        if not ClosedMonth.objects.filter(team=self.team).exists():
            for month in BudgetMonth.objects.filter(budget__team=self.team):
                assert month.used == taken


@pytest.mark.slow
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_every_invariant_holds_after_each_step(steps) -> None:
    with transaction.atomic():  # undone afterwards: each begins with empty books
        neighbour, caller = Caller(), Caller()
        neighbour.step("reserve", 0, 60)
        neighbour.step("settle", 0, 50)
        for action, key, amount in steps:
            caller.step(action, key, amount)
            caller.check()
        neighbour.check()
        transaction.set_rollback(True)
