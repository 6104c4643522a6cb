"""The database is away as the answer to a paid call comes: it is booked later."""

import threading
import time

import pytest
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from gateways.providers.base import Submitted
from gateways.providers.errors import Refused, Unavailable
from generation import booking_retry, lifecycle
from generation.lifecycle import polling, sending
from generation.models import Generation, ProviderTask, SubmitRecovery
from reconciliation import invariants
from spend import ledger
from wjportal.engine import lanes

Status = Generation.Status
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(booking_retry, "RETRY_SECONDS", (0.02, 0.05))


@pytest.fixture
def away(monkeypatch):
    """``away(3, error)``: so many bookings of what was accepted fail like that, after
    they have written all they had to."""
    left = []

    def make_tasks(*args):
        made(*args)
        if left:
            raise left.pop()

    made = sending._make_tasks
    monkeypatch.setattr(sending, "_make_tasks", make_tasks)
    return lambda times, error: left.extend([error] * times)


def arrives(generation, status):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        generation.refresh_from_db()
        if generation.status == status:
            return
        time.sleep(0.02)
    raise AssertionError(f"It is still {generation.status}")


ERRORS = [
    OperationalError("database is locked"),
    OperationalError("database or disk is full"),
    InterfaceError("connection already closed"),
]


@pytest.mark.parametrize("error", ERRORS, ids=str)
@pytest.mark.parametrize("times", [1, 5])
def test_a_paid_answer_is_booked_when_the_database_is_back(
    wanted, pump_until, sandbox, away, error, times
):
    generation = wanted(pictures=2)
    away(times, error)
    was = set()

    def done():
        generation.refresh_from_db()
        was.add(generation.status)
        return generation.status == Status.DONE

    pump_until(done)
    assert Status.UNCERTAIN not in was
    assert not SubmitRecovery.objects.exists()
    assert generation.tasks.count() == len(sandbox.state()["jobs"]) == 2
    assert ledger.balances(generation.team)["reserved"] == 0
    assert list(invariants.broken()) == []


@pytest.mark.usefixtures("drawing_lasts")
def test_a_cost_that_differs_is_reserved_once(wanted, pump_until, away):
    """What an undone booking left in memory must not be taken for what is booked."""
    generation = wanted(reserved=7)
    away(3, ERRORS[0])
    pump_until(lambda: ProviderTask.objects.exists())
    generation.refresh_from_db()
    assert (generation.status, generation.reserved) == (Status.RUNNING, 2)
    assert list(invariants.broken()) == []


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(Refused("no"), Status.REFUSED), (Unavailable("later"), Status.QUEUED)],
)
def test_every_answer_to_a_paid_call_is_kept(wanted, monkeypatch, outcome, status):
    generation = wanted()
    (claim,) = lifecycle.claim_queued("wujie", 1)
    calls = []

    def book_sent(sent, came):
        calls.append(came)
        if len(calls) < 4:
            raise OperationalError("server closed the connection")
        real(sent, came)

    real = sending.book_sent
    monkeypatch.setattr(sending, "book_sent", book_sent)
    monkeypatch.setattr(lifecycle, "book_sent", book_sent)
    send = next(lane for lane in lanes.lanes() if lane.name == "send wujie")
    send.book([(claim, outcome)])
    arrives(generation, status)
    assert calls == [outcome] * 4
    assert list(invariants.broken()) == []


def test_it_is_booked_though_the_sweep_was_first(wanted, sandbox, away):
    generation = wanted()
    (claim,) = lifecycle.claim_queued("wujie", 1)
    outcome = lifecycle.send(claim)
    assert isinstance(outcome, Submitted)
    Generation.objects.update(submitting_at=timezone.now() - 2 * Generation.STUCK_AFTER)
    lifecycle.sweep(is_awake=False)  # as the first one after the outage
    generation.refresh_from_db()
    assert generation.status == Status.SUBMITTING
    lifecycle.sweep()
    generation.refresh_from_db()
    assert generation.status == Status.UNCERTAIN
    away(2, ERRORS[0])
    send = next(lane for lane in lanes.lanes() if lane.name == "send wujie")
    send.book([(claim, outcome)])
    arrives(generation, Status.RUNNING)
    assert list(invariants.broken()) == []


def test_what_was_committed_before_the_connection_broke_is_booked_once(wanted, sandbox):
    generation = wanted()
    (claim,) = lifecycle.claim_queued("wujie", 1)
    outcome = lifecycle.send(claim)
    lifecycle.book_sent(claim, outcome)
    lifecycle.book_sent_again(claim, outcome)
    generation.refresh_from_db()
    assert (generation.status, generation.tasks.count()) == (Status.RUNNING, 1)
    assert list(invariants.broken()) == []


def test_what_was_committed_says_nothing_of_the_next_attempt(wanted, sandbox):
    """The connection broke after the commit, and the row was sent again since."""
    generation = wanted()
    (first,) = lifecycle.claim_queued("wujie", 1)
    later = Unavailable("later", code="20010018")
    lifecycle.book_sent(first, later)
    Generation.objects.update(send_after=timezone.now())
    (second,) = lifecycle.claim_queued("wujie", 1)
    answer = lifecycle.send(second)
    lifecycle.book_sent_again(first, later)
    lifecycle.book_sent(first, later)
    Generation.objects.update(send_after=timezone.now())
    assert lifecycle.claim_queued("wujie", 1) == []
    lifecycle.book_sent(second, answer)
    generation.refresh_from_db()
    assert (generation.status, generation.attempts) == (Status.RUNNING, 2)
    assert sandbox.state()["requests"]["wujie.create"] == 1
    assert list(invariants.broken()) == []


def test_a_mistake_is_not_repeated(alice, caplog):
    calls, over = [], threading.Event()

    def broken():
        calls.append(1)
        raise ValueError("on purpose")

    booking_retry.retry(broken)
    booking_retry.retry(over.set)
    assert over.wait(5)
    assert calls == [1]
    assert "could not be booked" in caplog.text


def test_answers_to_polls_are_simply_asked_for_again(
    wanted, pump_until, sandbox, monkeypatch
):
    generation, left = wanted(), [1, 2, 3]

    def apply(answers):
        if left:
            left.pop()
            raise OperationalError("database is locked")
        real(answers)

    real = polling.apply
    monkeypatch.setattr(polling, "apply", apply)

    def done():
        ProviderTask.objects.filter(is_booked=False).update(poll_after=timezone.now())
        generation.refresh_from_db()
        return generation.status == Status.DONE

    pump_until(done)
    assert not left
    assert list(invariants.broken()) == []
