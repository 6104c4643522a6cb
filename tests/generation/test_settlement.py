"""What a task costs: one settlement or release, whatever the gateway says when."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from gateways.providers.base import CostState, State, TaskUpdate
from generation import lifecycle
from generation.models import Generation, ProviderTask
from notifications.models import Alert
from reconciliation import invariants
from spend import ledger
from spend.models import Budget, BudgetMonth, Transfer
from tests import factories

pytestmark = pytest.mark.both_databases

Status = Generation.Status
URL = "https://cdn.wujiebantu.com/ai/one.png"


def purse(kind, unit="integral"):
    return ledger.balances(factories.team(), unit)[kind]


@pytest.fixture
def task(alice):
    """One open task whose share of the reservation is 4."""
    generation = factories.generation(alice, status=Status.RUNNING, reserved=4)
    return factories.task(generation, reserved=4, poll_after=timezone.now())


def told(task, state, **said):
    task = ProviderTask.objects.select_related("generation").get(pk=task.pk)
    urls = (URL,) if state == State.SUCCEEDED else ()
    with transaction.atomic():
        update = TaskUpdate(task.key, state, picture_urls=urls, **said)
        lifecycle.apply([(task, update)])
    assert list(invariants.broken()) == []
    return ProviderTask.objects.get(pk=task.pk)


DONE, FAILED = State.SUCCEEDED, State.FAILED
SAID = CostState

# --- What the answer says


@pytest.mark.parametrize(
    ("state", "cost", "said", "spent"),
    [
        (DONE, 4, SAID.CHARGED, 4),
        (DONE, 3, SAID.CHARGED, 3),
        (DONE, 9, SAID.CHARGED, 9),  # more than was set aside
        (DONE, 1, SAID.SHORT, 1),
        (DONE, 7, SAID.FREE, 0),
        (DONE, 7, SAID.REFUNDED, 0),
        (DONE, 3, SAID.UNKNOWN, 3),
        (DONE, None, SAID.UNKNOWN, 4),
        (DONE, None, SAID.CHARGED, 4),
        (FAILED, 4, SAID.CHARGED, 4),
        (FAILED, 4, SAID.REFUNDED, 0),
        (FAILED, None, SAID.UNKNOWN, 0),
        (FAILED, None, SAID.CHARGED, 0),
        (State.CANCELLED, 0, SAID.REFUNDED, 0),
        (State.CANCELLED, None, SAID.UNKNOWN, 0),
    ],
)
def test_what_is_booked_for_what_is_said(task, state, cost, said, spent):
    task = told(task, state, cost=cost, cost_state=said)
    assert (task.is_booked, task.cost, task.cost_state) == (True, spent, said.value)
    assert (purse("spent"), purse("reserved")) == (spent, 0)
    assert purse("available") == 10_000 - spent
    assert bool(task.poll_after) == (state == FAILED)  # it may be taken back


@pytest.mark.usefixtures("still_clock")
def test_a_charge_for_a_failure_is_asked_after_for_a_day(task):
    row = told(task, FAILED, cost=4, cost_state=SAID.CHARGED)
    assert 59 < (row.poll_after - timezone.now()).total_seconds() < 70
    ProviderTask.objects.update(finished_at=timezone.now() - timedelta(hours=3))
    row = told(task, FAILED, cost=4, cost_state=SAID.CHARGED)
    assert row.poll_after > timezone.now() + timedelta(hours=2.9)
    assert purse("spent") == 4
    row = told(task, FAILED, cost=4, cost_state=SAID.REFUNDED)
    assert (purse("spent"), purse("available")) == (0, 10_000)


def test_what_never_comes_back_is_left_in_peace(task):
    told(task, FAILED, cost=4, cost_state=SAID.CHARGED)
    before = timezone.now() - timedelta(days=1)
    ProviderTask.objects.update(finished_at=before)
    row = told(task, FAILED, cost=4, cost_state=SAID.CHARGED)
    assert (row.poll_after, purse("spent")) == (None, 4)
    assert told(task, State.UNKNOWN).poll_after is None


def test_a_cost_above_the_reservation_is_two_movements(task):
    told(task, DONE, cost=9, cost_state=SAID.CHARGED)
    moved = {t.kind: t.amount for t in Transfer.objects.exclude(kind="allocate")}
    assert moved == {"reserve": 4, "settle": 4, "settle_more": 5}


def test_a_charge_under_way_is_asked_after_until_it_is_final(task):
    for _ in range(3):
        row = told(task, DONE, cost=0, cost_state=SAID.PENDING)
        assert (row.status, row.is_booked) == (ProviderTask.Status.SUCCEEDED, False)
        assert row.poll_after is not None
        assert purse("reserved") == 4
    row = told(task, DONE, cost=3, cost_state=SAID.CHARGED)
    assert (row.is_booked, row.poll_after) == (True, None)
    assert (purse("spent"), purse("reserved")) == (3, 0)


def test_a_generation_may_end_before_its_charge_is_final(task):
    told(task, DONE, cost_state=SAID.PENDING)
    assert Generation.objects.get().status == Status.DONE
    told(task, FAILED, cost_state=SAID.REFUNDED)
    assert Generation.objects.get().status == Status.DONE
    assert (purse("spent"), purse("reserved")) == (0, 0)


def test_silence_about_a_charge_under_way_settles_nothing(task):
    told(task, DONE, cost_state=SAID.PENDING)
    row = told(task, State.UNKNOWN)
    assert not row.is_booked
    assert row.poll_after is not None


def test_a_charge_under_way_is_not_ended_by_an_answer_without_a_word(task):
    told(task, DONE, cost=0, cost_state=SAID.PENDING)
    row = told(task, DONE)
    assert (row.is_booked, row.cost_state) == (False, SAID.PENDING.value)
    assert (row.poll_after is not None, purse("reserved")) == (True, 4)
    told(task, DONE, cost=3, cost_state=SAID.CHARGED)
    assert (purse("spent"), purse("reserved")) == (3, 0)


def test_a_refund_after_the_settlement_comes_back_once(task):
    Budget.objects.create(team=factories.team(), limit=100)
    told(task, DONE, cost=3, cost_state=SAID.CHARGED)
    assert purse("spent") == 3
    for _ in range(3):
        row = told(task, DONE, cost=3, cost_state=SAID.REFUNDED)
    assert (row.cost, row.cost_state, row.poll_after) == (0, "refunded", None)
    assert (purse("spent"), purse("available")) == (0, 10_000)
    assert Transfer.objects.get(kind="refund").amount == 3
    assert BudgetMonth.objects.get().used == 0


def test_each_later_cost_is_one_correction(task):
    Budget.objects.create(team=factories.team(), limit=100)
    told(task, DONE, cost=3, cost_state=SAID.CHARGED)
    for cost in (8, 8, 5, 5, 8):
        row = told(task, DONE, cost=cost, cost_state=SAID.CHARGED)
        assert (row.cost, purse("spent"), purse("reserved")) == (cost, cost, 0)
        assert BudgetMonth.objects.get().used == cost
    own = Transfer.objects.filter(reference__startswith=f"{task.reference}:")
    moved = [(each.kind, each.amount) for each in own.order_by("pk")]
    assert moved == [("settle_more", 5), ("refund", 3), ("settle_more", 3)]
    assert own.values("reference").distinct().count() == 3


@pytest.mark.parametrize("said", [SAID.UNKNOWN, SAID.CHARGED])
def test_an_answer_without_a_cost_corrects_nothing(task, said):
    told(task, DONE, cost=3, cost_state=SAID.CHARGED)
    row = told(task, DONE, cost=None, cost_state=said)
    assert (row.cost, purse("spent")) == (3, 3)


def test_a_refund_of_a_success_may_be_charged_again(task):
    told(task, DONE, cost=3, cost_state=SAID.CHARGED)
    told(task, DONE, cost=3, cost_state=SAID.REFUNDED)
    row = told(task, DONE, cost_state=SAID.PENDING)
    assert row.poll_after is not None
    row = told(task, DONE, cost=4, cost_state=SAID.CHARGED)
    assert (row.poll_after, row.cost, purse("spent")) == (None, 4, 4)


@pytest.mark.usefixtures("still_clock")
def test_a_charge_under_way_is_asked_after_ever_more_rarely(task):
    told(task, DONE, cost_state=SAID.PENDING)
    waits = []
    for hours in (0, 1, 5, 1000):
        ProviderTask.objects.update(finished_at=timezone.now() - timedelta(hours=hours))
        row = told(task, DONE, cost_state=SAID.PENDING)
        waits.append((row.poll_after - timezone.now()).total_seconds())
    assert waits[0] < 5
    assert 179 < waits[1] < 200
    assert 590 < waits[2] < 670
    assert 590 < waits[3] < 670  # and it never stops


def test_a_partial_charge_settles_what_is_known_and_is_told_once(task):
    for _ in range(2):
        row = told(task, DONE, cost=1, cost_state=SAID.SHORT)
    assert (row.cost, purse("spent"), purse("reserved")) == (1, 1, 0)
    alert = Alert.objects.get(kind="partly_charged")
    account = str(task.account)
    assert alert.facts == {"account": account, "key": task.key}
    assert alert.team == task.generation.team
    assert alert.url == f"/generations/{task.generation_id}/"


def test_what_the_submit_billed_stands_where_polls_are_silent(alice):
    generation = factories.generation(
        alice, provider="jumdata", status=Status.RUNNING, pictures=3, reserved=3
    )
    bill = {"cost": 3, "cost_state": SAID.CHARGED.value, "reserved": 3}
    task = factories.task(generation, poll_after=timezone.now(), **bill)
    row = told(task, FAILED, failure_code="201")
    assert (row.cost, purse("spent", "image"), purse("reserved", "image")) == (3, 3, 0)


# --- What the sandbox charges


@pytest.mark.parametrize(
    ("prompt", "switches", "status", "spent", "said"),
    [
        ("山水", {}, Status.DONE, 4, "charged"),
        ("山水", {"cost_factor": 2}, Status.DONE, 8, "charged"),
        ("山水", {"cost_factor": 0}, Status.DONE, 0, "free"),
        ("山水", {"settling_seconds": 0.3}, Status.DONE, 4, "charged"),
        ("sandbox:short", {}, Status.DONE, 2, "short"),
        ("sandbox:fail", {}, Status.FAILED, 0, "refunded"),
    ],
)
def test_the_books_end_as_the_gateway_charged(
    wanted, reaches, pump_until, sandbox, prompt, switches, status, spent, said
):
    sandbox.switch(**switches)
    generation = wanted(prompt, pictures=2)
    reaches(generation, status)
    unbooked = ProviderTask.objects.filter(is_booked=False)
    pump_until(lambda: not unbooked.exists())
    assert (purse("spent"), purse("reserved")) == (spent, 0)
    assert {task.cost_state for task in generation.tasks.all()} == {said}
    account = sandbox.state()["accounts"][generation.account.app_id]
    assert account["paid"] == spent
    assert list(invariants.broken()) == []


def test_jumdata_is_paid_by_the_picture(wanted, reaches, sandbox):
    generation = wanted(pictures=3, provider="jumdata")
    reaches(generation, Status.DONE)
    assert (purse("spent", "image"), purse("reserved", "image")) == (3, 0)
    assert sandbox.state()["accounts"][generation.account.app_id]["paid"] == 3
    assert list(invariants.broken()) == []
