"""What nobody could find out is ended by a person, once, and stays ended."""

import logging
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from gateways.providers.base import Submitted, SubmittedTask
from gateways.providers.errors import Refused, Unavailable, Unknown
from gateways.providers.faults import Fault
from generation import lifecycle
from generation.lifecycle.sending import Submission
from generation.lifecycle.submit_recovery import searching
from generation.models import Generation, SubmitRecovery
from reconciliation import invariants
from spend import ledger
from spend.models import Budget, BudgetMonth, Transfer
from spend.units import Unit
from tests import factories
from tests.engine import at_once

pytestmark = pytest.mark.both_databases

Status = Generation.Status
ACCEPTED = Submitted((SubmittedTask("A" * 32),), 4, Unit.INTEGRAL, {})


@pytest.fixture
def lost(alice: Any) -> Generation:
    Budget.objects.create(team=factories.team(), user=alice, limit=500)
    return make_lost(alice)


def make_lost(alice: Any, **fields: Any) -> Generation:
    made = factories.generation(
        alice,
        status=Status.SUBMITTING,
        submitting_at=timezone.now(),
        **{"reserved": 4} | fields,
    )
    book(made, Unknown("ReadTimeout", code=Fault.LOST, raw="half an ans"))
    made.refresh_from_db()
    assert made.status == Status.UNCERTAIN
    return made


def book(generation: Generation, outcome: Any) -> None:
    sending = Submission(generation, lifecycle.order_of(generation), "")
    lifecycle.book_sent(sending, outcome)


def purse() -> dict[str, int]:
    return ledger.balances(factories.team())


def test_paid_is_written_off_and_stays_used(lost: Generation, otto: Any) -> None:
    assert lifecycle.close(lost, was_paid=True, closed_by=otto)
    lost.refresh_from_db()
    assert (lost.status, lost.failure_code) == (Status.FAILED, Fault.CLOSED_PAID)
    assert lost.finished_at == lost.submit_recovery.closed_at is not None
    assert (lost.submit_recovery.closed_by, lost.submit_recovery.look_after) == (
        otto,
        None,
    )
    assert (lost.failure_message, lost.answer) == ("ReadTimeout", "half an ans")
    own = Transfer.objects.get(kind=Transfer.Kind.WRITE_OFF)
    assert (own.amount, own.reference) == (4, lost.reference)
    assert (purse()["reserved"], purse()["written_off"]) == (0, 4)
    assert purse()["available"] == 10_000 - 4
    assert BudgetMonth.objects.get().used == 4
    assert list(invariants.broken()) == []


def test_not_paid_is_given_back(lost: Generation, otto: Any) -> None:
    assert lifecycle.close(lost, was_paid=False, closed_by=otto)
    lost.refresh_from_db()
    assert (lost.status, lost.failure_code) == (Status.FAILED, Fault.CLOSED_UNPAID)
    assert Transfer.objects.get(kind=Transfer.Kind.RELEASE).amount == 4
    assert purse() == {
        "allocation": -10_000,
        "available": 10_000,
        "reserved": 0,
        "spent": 0,
        "written_off": 0,
    }
    assert BudgetMonth.objects.get().used == 0
    assert list(invariants.broken()) == []


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("second", [True, False])
def test_the_second_click_changes_nothing(
    lost: Generation, otto: Any, mona: Any, first: bool, second: bool
) -> None:
    stale = Generation.objects.get(pk=lost.pk)  # read before the first click
    assert lifecycle.close(lost, was_paid=first, closed_by=otto)
    for again in (stale, Generation.objects.get(pk=lost.pk)):
        assert not lifecycle.close(again, was_paid=second, closed_by=mona)
    assert SubmitRecovery.objects.get().closed_by == otto
    assert Transfer.objects.filter(generation=lost.pk).count() == 2
    assert list(invariants.broken()) == []


@pytest.mark.django_db(transaction=True)
def test_of_many_who_close_it_at_once_one_does(alice: Any, otto: Any) -> None:
    pk = make_lost(alice).pk

    def close(number: int) -> bool:
        row = Generation.objects.get(pk=pk)
        return lifecycle.close(row, was_paid=bool(number % 2), closed_by=otto)

    assert at_once(close, threads=6).count(True) == 1
    assert purse()["reserved"] == 0
    assert list(invariants.broken()) == []


@pytest.mark.django_db(transaction=True)
def test_of_closing_and_adopting_at_once_one_wins(alice: Any, otto: Any) -> None:
    pk = make_lost(alice).pk

    def race(number: int) -> bool:
        row = Generation.objects.select_related("team", "requested_by", "account")
        generation = row.get(pk=pk)
        if number % 2:
            return searching.adopt(generation, ["A" * 32])
        return lifecycle.close(generation, was_paid=False, closed_by=otto)

    won = at_once(race, threads=4)
    assert won.count(True) == 1
    generation = Generation.objects.get(pk=pk)
    is_adopted = won.index(True) % 2 == 1
    assert generation.status == (Status.RUNNING if is_adopted else Status.FAILED)
    assert generation.tasks.count() == is_adopted
    assert purse()["reserved"] == (4 if is_adopted else 0)
    assert list(invariants.broken()) == []


@pytest.mark.parametrize(
    "late", [ACCEPTED, Refused("no"), Unavailable("not now"), Unknown("lost")]
)
def test_a_late_answer_is_ignored_and_logged(
    lost: Generation, otto: Any, late: Any, caplog: pytest.LogCaptureFixture
) -> None:
    lifecycle.close(lost, was_paid=True, closed_by=otto)
    lost.refresh_from_db()
    before = lost.version
    with caplog.at_level(logging.WARNING):
        book(lost, late)
    assert f"generation {lost.pk} came when it was failed" in caplog.text
    lost.refresh_from_db()
    assert (lost.status, lost.version) == (Status.FAILED, before)
    assert not lost.tasks.exists()
    assert list(invariants.broken()) == []


def test_a_late_adoption_is_ignored_and_logged(
    lost: Generation, otto: Any, caplog: pytest.LogCaptureFixture
) -> None:
    stale = Generation.objects.get(pk=lost.pk)
    lifecycle.close(lost, was_paid=False, closed_by=otto)
    with caplog.at_level(logging.WARNING):
        assert not searching.adopt(stale, ["A" * 32])
    assert "did not adopt" in caplog.text
    assert not lost.tasks.exists()
    assert list(invariants.broken()) == []


def test_a_round_under_way_does_not_reopen_it(
    lost: Generation, otto: Any, sandbox: Any
) -> None:
    (one,) = lifecycle.claim_recoveries("wujie", 4)
    lifecycle.close(lost, was_paid=True, closed_by=otto)
    lifecycle.book_recovery(one, lifecycle.search_history(one))
    recovery = SubmitRecovery.objects.get()
    assert (recovery.look_after, recovery.closed_by) == (None, otto)


@pytest.mark.parametrize(
    "status", [status for status in Status if status != Status.UNCERTAIN]
)
def test_only_the_uncertain_is_closed(alice: Any, otto: Any, status: str) -> None:
    made = factories.generation(alice, status=status)
    assert not lifecycle.close(made, was_paid=False, closed_by=otto)
    made.refresh_from_db()
    assert made.status == status
    assert purse()["reserved"] == 4


def test_what_reserved_nothing_is_closed_without_a_movement(
    alice: Any, otto: Any
) -> None:
    free = make_lost(alice, reserved=0)
    assert lifecycle.close(free, was_paid=True, closed_by=otto)
    assert not Transfer.objects.filter(generation=free.pk).exists()
    assert list(invariants.broken()) == []


# --- The books know


def found() -> str:
    return "\n".join(invariants.broken())


def change(**fields: Any) -> None:
    """Past every guard, as a broken program would."""
    names = ", ".join(f"{name} = %s" for name in fields)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE generation_generation SET {names}", [*fields.values()])


def test_uncertain_without_a_recovery_is_broken(lost: Generation) -> None:
    assert found() == ""
    SubmitRecovery.objects.all().delete()
    assert "is uncertain, and there is no recovery" in found()


def test_a_recovery_that_nobody_makes_is_broken(lost: Generation) -> None:
    long_ago = timezone.now() - 2 * invariants.endings.FORGOTTEN_AFTER
    SubmitRecovery.objects.update(look_after=long_ago)
    assert "nobody looks after it" in found()


def test_an_uncertain_one_that_gave_back_is_broken(lost: Generation) -> None:
    with transaction.atomic():
        ledger.release(lifecycle.ledger_subject(lost), 4, reference=lost.reference)
    assert "its transfers say 0" in found()


def test_closed_by_nobody_is_broken(lost: Generation, otto: Any) -> None:
    lifecycle.close(lost, was_paid=True, closed_by=otto)
    SubmitRecovery.objects.update(closed_by=None)
    assert "was closed by nobody" in found()


def test_closed_and_uncertain_is_broken(lost: Generation, otto: Any) -> None:
    SubmitRecovery.objects.update(closed_by=otto)
    assert "is uncertain and closed" in found()


def test_paid_and_not_written_off_is_broken(lost: Generation, otto: Any) -> None:
    lifecycle.close(lost, was_paid=False, closed_by=otto)
    change(failure_code=Fault.CLOSED_PAID.value)
    assert "reserved 4 and wrote off 0" in found()


def test_written_off_and_not_paid_is_broken(lost: Generation, otto: Any) -> None:
    lifecycle.close(lost, was_paid=True, closed_by=otto)
    change(failure_code=Fault.CLOSED_UNPAID.value)
    assert "reserved 4 and wrote off 4" in found()


def test_closed_and_running_is_broken(lost: Generation, otto: Any) -> None:
    lifecycle.close(lost, was_paid=True, closed_by=otto)
    change(status=Status.DONE.value)
    assert "was closed and did not fail" in found()
