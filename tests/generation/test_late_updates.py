"""After the end: what a person closed, what the gateway takes back, and the money."""

import datetime

import pytest
from django.db import connection, transaction
from django.utils import timezone

from gateways.providers.base import CostState, State, TaskUpdate
from gateways.providers.faults import Fault
from generation import lifecycle
from generation.models import Artwork, Generation, ProviderTask
from generation.presenters import cost_words
from reconciliation import invariants
from spend import ledger
from spend.models import Budget, BudgetMonth, Transfer
from tests import factories
from tests.engine import at_once

pytestmark = pytest.mark.both_databases

Status = Generation.Status
TaskStatus = ProviderTask.Status
SAID = CostState
DONE, FAILED = State.SUCCEEDED, State.FAILED
URL = "https://cdn.wujiebantu.com/ai/one.png"


def purse(kind, unit="integral"):
    return ledger.balances(factories.team(), unit)[kind]


@pytest.fixture
def overdue(alice):
    Budget.objects.create(team=factories.team(), limit=100)
    return make_overdue(alice)


def make_overdue(alice, **fields):
    generation = factories.generation(alice, status=Status.RUNNING, **fields)
    asked = {"poll_after": timezone.now(), "polls": 1}
    return factories.task(generation, status=TaskStatus.OVERDUE, **asked)


def fresh(task):
    rows = ProviderTask.objects.select_related("account", "generation__account")
    return rows.get(pk=task.pk)


def told(task, state, **said):
    """Books an answer, and that the books are sound."""
    urls = (URL,) if state == DONE else ()
    row = fresh(task)
    with transaction.atomic():
        lifecycle.apply([(row, TaskUpdate(task.key, state, picture_urls=urls, **said))])
    assert list(invariants.broken()) == []
    return fresh(task)


def close(task, was_paid, closed_by):
    return lifecycle.close_task(fresh(task), was_paid=was_paid, closed_by=closed_by)


# --- A person closes what the gateway never finished


def test_paid_is_written_off_under_its_own_name(overdue, otto):
    assert close(overdue, True, otto)
    task = fresh(overdue)
    assert (task.status, task.failure_code) == (TaskStatus.FAILED, Fault.OVERDUE_PAID)
    assert (task.closed_by, task.is_booked, task.cost) == (otto, True, 0)
    assert task.generation.status == Status.FAILED
    own = Transfer.objects.get(kind="write_off")
    assert (own.amount, own.reference) == (4, task.reference)
    assert (purse("reserved"), purse("written_off"), purse("spent")) == (0, 4, 0)
    assert BudgetMonth.objects.get().used == 4
    assert cost_words.words(task.generation) == "4 integrals written off"
    assert list(invariants.broken()) == []


def test_not_paid_is_given_back(overdue, otto):
    assert close(overdue, False, otto)
    task = fresh(overdue)
    assert task.failure_code == Fault.OVERDUE_UNPAID
    assert (purse("reserved"), purse("available")) == (0, 10_000)
    assert BudgetMonth.objects.get().used == 0
    assert cost_words.words(task.generation) == "0 integrals"
    assert list(invariants.broken()) == []


def test_others_of_the_generation_go_on(alice, otto):
    task = make_overdue(alice, pictures=2, reserved=8)
    other = factories.task(task.generation, position=1, poll_after=timezone.now())
    assert close(task, True, otto)
    assert fresh(task).generation.status == Status.RUNNING
    told(other, DONE, cost=4, cost_state=SAID.CHARGED)
    assert fresh(task).generation.status == Status.DONE
    assert (purse("written_off"), purse("spent"), purse("reserved")) == (4, 4, 0)


@pytest.mark.parametrize(
    "status", [status for status in TaskStatus if status != TaskStatus.OVERDUE]
)
def test_only_the_overdue_is_closed(overdue, otto, status):
    ProviderTask.objects.update(status=status)
    assert not close(overdue, True, otto)
    assert fresh(overdue).status == status
    assert purse("reserved") == 4


@pytest.mark.parametrize("second", [True, False])
def test_the_second_click_changes_nothing(overdue, otto, mona, second):
    stale = fresh(overdue)
    assert close(overdue, True, otto)
    for again in (stale, fresh(overdue)):
        assert not lifecycle.close_task(again, was_paid=second, closed_by=mona)
    assert fresh(overdue).closed_by == otto
    assert Transfer.objects.exclude(kind="allocate").count() == 2
    assert list(invariants.broken()) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("was_paid", [True, False])
def test_of_many_who_close_it_at_once_one_does(alice, otto, was_paid):
    task = make_overdue(alice)
    won = at_once(lambda number: close(task, was_paid, otto), threads=6)
    assert won.count(True) == 1
    assert list(invariants.broken()) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("was_paid", [True, False])
def test_closing_and_a_late_answer_at_once(alice, otto, was_paid):
    """Whoever is first, the picture is archived, and paid for once."""
    task = make_overdue(alice)
    said = {"cost": 4, "cost_state": SAID.CHARGED}

    def race(number):
        if number == 0:
            return close(task, was_paid, otto)
        row = fresh(task)
        update = TaskUpdate(task.key, DONE, picture_urls=(URL,), **said)
        lifecycle.apply([(row, update)])
        return False

    at_once(race, threads=4)
    assert list(invariants.broken()) == []
    row = told(task, DONE, **said)  # it is asked about all the same
    assert row.status == TaskStatus.SUCCEEDED
    assert row.generation.status == Status.DONE
    assert Artwork.objects.count() == 1
    assert (purse("spent"), purse("written_off"), purse("reserved")) == (4, 0, 0)


@pytest.mark.parametrize("was_paid", [True, False])
@pytest.mark.parametrize("cost", [0, 4, 9])
def test_what_comes_late_is_archived_and_paid_once(overdue, otto, was_paid, cost):
    close(overdue, was_paid, otto)
    for _ in range(3):
        row = told(overdue, DONE, cost=cost, cost_state=SAID.CHARGED)
    assert (row.status, row.cost, row.closed_by) == (TaskStatus.SUCCEEDED, cost, otto)
    assert row.failure_code == ""
    assert row.generation.status == Status.DONE
    assert Artwork.objects.get().fetch_after is not None
    assert (purse("spent"), purse("written_off"), purse("reserved")) == (cost, 0, 0)
    assert BudgetMonth.objects.get().used == cost


@pytest.mark.parametrize("was_paid", [True, False])
def test_while_its_charge_is_under_way_the_word_stands(overdue, otto, was_paid):
    close(overdue, was_paid, otto)
    row = told(overdue, DONE, cost_state=SAID.PENDING)
    assert (row.status, row.generation.status) == (TaskStatus.SUCCEEDED, Status.DONE)
    assert purse("written_off") == (4 if was_paid else 0)
    assert row.poll_after is not None
    row = told(overdue, DONE, cost=3, cost_state=SAID.CHARGED)
    assert (purse("spent"), purse("written_off"), row.poll_after) == (3, 0, None)


@pytest.mark.parametrize("was_paid", [True, False])
def test_a_late_success_that_names_no_cost_costs_its_share(overdue, otto, was_paid):
    close(overdue, was_paid, otto)
    told(overdue, DONE)
    assert (purse("spent"), purse("written_off")) == (4, 0)


@pytest.mark.parametrize("was_paid", [True, False])
def test_what_was_billed_at_submit_stays_paid_once(alice, otto, was_paid):
    """Jumdata: the bill is the submit's, and no query tells of it."""
    bill = {"cost": 1, "cost_state": SAID.CHARGED.value}
    task = make_overdue(alice, provider="jumdata", reserved=1)
    ProviderTask.objects.update(**bill)
    close(task, was_paid, otto)
    told(task, State.DRAWING)
    assert purse("written_off", "image") == (1 if was_paid else 0)
    told(task, DONE)
    assert (purse("spent", "image"), purse("written_off", "image")) == (1, 0)


@pytest.mark.parametrize(
    ("state", "said", "kept"),
    [
        (FAILED, {}, True),
        (State.UNKNOWN, {}, True),
        (State.DRAWING, {"percent": 99.0}, True),
        (FAILED, {"cost_state": SAID.REFUNDED}, False),
        (FAILED, {"cost": 4, "cost_state": SAID.CHARGED}, False),
    ],
)
def test_the_word_stands_until_the_gateway_says_what_was_paid(
    overdue, otto, state, said, kept
):
    close(overdue, True, otto)
    row = told(overdue, state, **said)
    spent = said.get("cost", 0)
    assert row.status == TaskStatus.FAILED
    assert (purse("written_off"), purse("spent")) == ((4, 0) if kept else (0, spent))
    assert row.poll_after is not None


def test_a_closed_one_is_asked_about_for_a_month(overdue, otto):
    close(overdue, True, otto)
    for days, is_asked in ((2, True), (29, True), (31, False)):
        closed_at = timezone.now() - datetime.timedelta(days=days)
        ProviderTask.objects.update(finished_at=closed_at)
        row = told(overdue, State.UNKNOWN)
        assert (row.poll_after is not None) == is_asked
    assert row.poll_after is None


@pytest.mark.usefixtures("drawing_lasts")
def test_a_slow_job_that_was_closed_is_archived_over_the_wire(
    wanted, reaches, pump_until, sandbox, otto
):
    generation = wanted()
    reaches(generation, Status.RUNNING)
    tasks = ProviderTask.objects.filter(generation=generation)
    pump_until(lambda: tasks.filter(answered_at__isnull=False).exists())
    tasks.update(status=TaskStatus.OVERDUE, poll_after=timezone.now())
    assert close(tasks.get(), True, otto)
    reaches(generation, Status.FAILED)
    sandbox.finish()

    def archived():
        tasks.filter(status=TaskStatus.FAILED).update(poll_after=timezone.now())
        return Artwork.objects.exclude(stored_at=None).exists()

    pump_until(archived)
    reaches(generation, Status.DONE)
    account = sandbox.state()["accounts"][generation.account.app_id]
    assert purse("spent") == account["paid"] == 2
    assert (purse("written_off"), purse("reserved")) == (0, 0)
    assert list(invariants.broken()) == []


# --- The gateway takes its word back


@pytest.mark.parametrize("first", [FAILED, State.CANCELLED])
def test_what_failed_and_was_drawn_after_all_is_not_lost(overdue, first):
    row = told(overdue, first, cost_state=SAID.REFUNDED, failure_code="1")
    assert row.generation.status in (Status.FAILED, Status.CANCELLED)
    assert purse("reserved") == 0
    row = told(overdue, DONE, cost=4, cost_state=SAID.CHARGED)
    assert (row.status, row.failure_code, row.cost) == (TaskStatus.SUCCEEDED, "", 4)
    assert row.generation.status == Status.DONE
    assert row.generation.is_storing
    assert (purse("spent"), Artwork.objects.count()) == (4, 1)
    assert BudgetMonth.objects.get().used == 4


def test_what_was_drawn_stays_drawn(overdue):
    told(overdue, DONE, cost=4, cost_state=SAID.CHARGED)
    row = told(overdue, FAILED, cost_state=SAID.REFUNDED, failure_code="1")
    assert (row.status, row.generation.status) == (TaskStatus.SUCCEEDED, Status.DONE)
    assert (purse("spent"), Artwork.objects.count()) == (0, 1)


def test_an_ended_one_without_an_address_is_not_drawn(overdue):
    told(overdue, FAILED)
    row = fresh(overdue)
    with transaction.atomic():
        lifecycle.apply([(row, TaskUpdate(row.key, DONE))])
    assert fresh(overdue).status == TaskStatus.FAILED


def test_a_failure_is_looked_at_again_for_a_day(overdue):
    row = told(overdue, FAILED)
    assert row.poll_after is not None
    yesterday = timezone.now() - datetime.timedelta(days=1)
    ProviderTask.objects.update(finished_at=yesterday)
    assert told(overdue, FAILED).poll_after is None


@pytest.mark.django_db(transaction=True)
def test_many_who_hear_of_it_at_once_book_it_once(alice):
    task = make_overdue(alice)
    told(task, FAILED, cost_state=SAID.REFUNDED)
    update = TaskUpdate(
        task.key, DONE, picture_urls=(URL,), cost=4, cost_state=SAID.CHARGED
    )
    stale = [fresh(task) for _ in range(6)]
    at_once(lambda number: lifecycle.apply([(stale[number], update)]), threads=6)
    assert list(invariants.broken()) == []
    assert Artwork.objects.count() == 1
    assert Transfer.objects.filter(kind="settle_more").count() == 1
    assert fresh(task).generation.status == Status.DONE


@pytest.mark.django_db(transaction=True)
def test_corrections_at_once_are_booked_once_each(alice):
    task = make_overdue(alice)
    told(task, DONE, cost=4, cost_state=SAID.CHARGED)
    stale = [fresh(task) for _ in range(6)]

    def correct(number):
        cost = 4 + number % 3
        update = TaskUpdate(
            task.key, DONE, picture_urls=(URL,), cost=cost, cost_state=SAID.CHARGED
        )
        lifecycle.apply([(stale[number], update)])

    at_once(correct, threads=6)
    assert list(invariants.broken()) == []
    assert purse("spent") == fresh(task).cost


# --- The books know


def change(pk, **fields):
    """Past every guard, as a broken program would."""
    names = ", ".join(f"{name} = %s" for name in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE generation_providertask SET {names} WHERE id = %s",
            [*fields.values(), pk],
        )


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"closed_by_id": None}, "was closed by nobody"),
        ({"status": "overdue"}, "was closed and is open"),
        ({"is_booked": False}, "was closed and is not booked"),
        ({"failure_code": "overdue_unpaid"}, "wrote off 4 and found 0"),
        ({"cost": 4}, "cost 4"),
    ],
)
def test_a_wrong_closing_is_broken(overdue, otto, fields, says):
    close(overdue, True, otto)
    assert list(invariants.broken()) == []
    change(overdue.pk, **fields)
    said = list(invariants.broken())
    assert any(says in sentence for sentence in said), said


def test_a_correction_that_the_row_does_not_know_is_broken(overdue):
    told(overdue, DONE, cost=4, cost_state=SAID.CHARGED)
    with transaction.atomic():
        ledger.correct(
            lifecycle.ledger_subject(fresh(overdue).generation),
            4,
            6,
            reference=f"{overdue.reference}:1",
        )
    assert any("corrected by 2" in said for said in invariants.broken())
