"""Coming to one's turn sooner: paid once, at a price that was set aside before."""

import datetime

import pytest
from django.utils import timezone

from gateways.clients import client
from gateways.models import AccountHealth
from gateways.providers.base import CostState, State, TaskUpdate
from gateways.providers.errors import Refused, Unavailable, Unknown
from generation import lifecycle
from generation.lifecycle import polling
from generation.models import Acceleration, Generation, ProviderTask
from reconciliation import invariants
from spend import ledger
from spend import ledger_invariants as ledger_books
from spend.budgets import BudgetExceeded
from spend.models import Budget, Transfer
from tests import factories

pytestmark = pytest.mark.both_databases

Status = Acceleration.Status
TaskStatus = ProviderTask.Status
LONG_AGO = datetime.timedelta(minutes=5)


def purse(kind):
    return ledger.balances(factories.team())[kind]


@pytest.fixture
def waiting(alice):
    """At the gateway, behind ten others; each picture reserves two."""

    def make(pictures=1, **fields):
        values = {"status": Generation.Status.RUNNING, "reserved": 2 * pictures}
        generation = factories.generation(alice, pictures=pictures, **values | fields)
        for position in range(pictures):
            place = {"position": position, "ahead": 10 + position}
            factories.task(generation, poll_after=timezone.now(), **place)
        return Generation.objects.select_related("account").get(pk=generation.pk)

    return make


def claim(generation, steps=2, number=1, **changes):
    asked_by = changes.pop("by", generation.requested_by)
    return lifecycle.claim_acceleration(
        generation, steps=steps, number=number, asked_by=asked_by
    )


def shares(generation):
    return [task.reserved for task in generation.tasks.order_by("position")]


# --- What is offered


def test_one_can_pass_all_that_are_not_ones_own(waiting):
    assert lifecycle.most_steps(waiting()) == 10
    assert lifecycle.most_steps(waiting(pictures=3)) == 10


@pytest.mark.parametrize(
    ("generation", "task"),
    [
        ({"status": Generation.Status.DONE}, {}),
        ({"status": Generation.Status.SUBMITTING}, {}),
        ({"operation": "gone"}, {}),
        ({}, {"status": TaskStatus.DRAWING}),
        ({}, {"ahead": 0}),
        ({}, {"ahead": None}),
    ],
)
def test_where_it_gains_nothing_it_is_not_offered(waiting, generation, task):
    made = waiting()
    made.tasks.update(**task)
    Generation.objects.filter(pk=made.pk).update(**generation)
    made.refresh_from_db()
    assert lifecycle.most_steps(made) == 0
    assert claim(made) is None
    assert purse("reserved") == 2


def test_jumdata_moves_nothing_forward(alice):
    made = factories.generation(
        alice, provider="jumdata", status=Generation.Status.RUNNING
    )
    factories.task(made, ahead=9)
    assert lifecycle.place_price(made) is None
    assert lifecycle.most_steps(made) == 0


def test_another_account_than_ours_is_asked_for_nothing(waiting, settings):
    made = waiting()
    settings.GATEWAYS = {}
    assert lifecycle.most_steps(made) == 0


@pytest.mark.parametrize(
    "left_alone",
    [
        {"quiet_until": datetime.timedelta(minutes=1)},
        {"tripped_at": -datetime.timedelta(minutes=1)},
    ],
)
def test_an_account_that_is_left_alone_is_asked_for_nothing(waiting, left_alone):
    """It said Retry-After, or its breaker is open: nothing paid goes there."""
    made, now = waiting(), timezone.now()
    fields = {name: now + wait for name, wait in left_alone.items()}
    AccountHealth.objects.update(**fields)
    assert claim(made) is None
    assert purse("reserved") == 2
    AccountHealth.objects.update(quiet_until=now - LONG_AGO, tripped_at=None)
    assert claim(made) is not None


def test_a_place_costs_two_a_picture(waiting):
    assert lifecycle.place_price(waiting(pictures=3)) == 6


# --- The intent


def test_the_intent_and_its_price_are_written_before_the_call(waiting):
    made = waiting(pictures=3)
    asked = claim(made, steps=2)
    assert (asked.status, asked.price, asked.steps) == (Status.ASKED, 12, 2)
    made.refresh_from_db()
    assert (made.reserved, shares(made), purse("reserved")) == (18, [6, 6, 6], 18)
    transfer = Transfer.objects.get(kind="reserve_more")
    assert transfer.reference == f"acceleration:{made.pk}:1"
    assert list(invariants.broken()) == []


def test_only_what_still_waits_carries_the_price(waiting):
    made = waiting(pictures=2)
    made.tasks.filter(position=0).update(status=TaskStatus.DRAWING)
    claim(made, steps=1)
    assert shares(made) == [2, 6]
    assert list(invariants.broken()) == []


@pytest.mark.parametrize("steps", [0, -1, 11])
def test_more_places_than_there_are_is_no(waiting, steps):
    assert claim(waiting(), steps=steps) is None


def test_a_double_click_is_one(waiting):
    made = waiting()
    assert claim(made)
    twin = Generation.objects.get(pk=made.pk)
    assert claim(twin) is None
    assert claim(twin, number=2) is None  # while nobody knows what came of the first
    assert purse("reserved") == 6


@pytest.mark.parametrize("limit", [3, 5])
def test_a_budget_refuses_and_leaves_nothing(waiting, limit):
    made = waiting()
    Budget.objects.create(team=made.team, user=made.requested_by, limit=limit)
    with pytest.raises(BudgetExceeded):
        claim(made, steps=2)
    made.refresh_from_db()
    assert (made.reserved, shares(made), purse("reserved")) == (2, [2], 2)
    assert not Acceleration.objects.exists()
    assert list(invariants.broken()) == []


def test_the_month_of_the_reservation_pays(waiting, monkeypatch):
    made = waiting()
    budget = Budget.objects.create(team=made.team, user=made.requested_by, limit=50)
    later = timezone.now() + datetime.timedelta(days=40)
    monkeypatch.setattr(timezone, "now", lambda: later)
    lifecycle.book_accelerated(claim(made, steps=2), None)
    assert [month.used for month in budget.months.all()] == [6]
    assert list(ledger_books.broken()) == []


def test_funds_refuse_and_leave_nothing(waiting):
    made = waiting()
    spare = purse("available")
    rest = factories.generation(made.requested_by, reserved=spare - 3)
    with pytest.raises(ledger.FundsExceeded):
        claim(made, steps=2)
    assert purse("reserved") == 2 + rest.reserved
    assert list(invariants.broken()) == []


# --- What came of it


def test_accepted_keeps_it_and_the_end_settles_it(waiting):
    made = waiting()
    asked = claim(made)
    lifecycle.book_accelerated(asked, None)
    assert asked.status == Status.ACCEPTED
    assert asked.answered_at
    assert purse("reserved") == 6
    assert list(invariants.broken()) == []


@pytest.mark.parametrize(
    "error", [Refused("no", code="20110009"), Unavailable("away", code="unreachable")]
)
def test_a_no_gives_it_back(waiting, error):
    made = waiting(pictures=2)
    asked = claim(made)
    lifecycle.book_accelerated(asked, error)
    lifecycle.book_accelerated(asked, error)
    asked.refresh_from_db()
    assert (asked.status, asked.released, asked.failure_code) == (
        Status.REFUSED,
        8,
        error.code,
    )
    made.refresh_from_db()
    assert (made.reserved, shares(made), purse("reserved")) == (4, [2, 2], 4)
    assert list(invariants.broken()) == []
    assert lifecycle.most_steps(made) == 10


def test_without_an_answer_it_stays_reserved_and_is_not_asked_again(waiting):
    made = waiting()
    asked = claim(made)
    lifecycle.book_accelerated(asked, Unknown("", code="lost"))
    asked.refresh_from_db()
    assert (asked.status, purse("reserved")) == (Status.UNKNOWN, 6)
    made.refresh_from_db()
    assert lifecycle.most_steps(made) == 0
    assert list(invariants.broken()) == []


def test_what_a_dead_process_asked_for_becomes_unknown(waiting):
    asked = claim(waiting())
    assert lifecycle.sweep_accelerations() == 0
    Acceleration.objects.update(asked_at=timezone.now() - LONG_AGO)
    assert lifecycle.sweep_accelerations() == 1
    late = Acceleration.objects.get()
    assert (late.status, late.failure_code) == (Status.UNKNOWN, "died")
    # Its process was only slow: what it brings is an answer all the same.
    lifecycle.book_accelerated(asked, Refused("no"))
    late.refresh_from_db()
    assert (late.status, purse("reserved")) == (Status.REFUSED, 2)
    assert list(invariants.broken()) == []


def test_an_end_that_came_before_the_no_has_given_back_its_part(waiting):
    made = waiting(pictures=2)
    asked = claim(made)  # 4 more for each picture
    first, _ = made.tasks.select_related("generation__account").order_by("position")
    settled(first, cost=2)
    lifecycle.book_accelerated(asked, Refused("no"))
    asked.refresh_from_db()
    assert asked.released == 4
    assert (purse("spent"), purse("reserved")) == (2, 2)
    assert list(invariants.broken()) == []


def test_an_answer_asked_for_before_is_not_booked_against_the_new_share(waiting):
    """Its share grew while the answer was on its way: it is asked for again."""
    made = waiting()
    stale = ProviderTask.objects.select_related("generation__account").get()
    claim(made)
    settled(stale, cost=2)
    task = ProviderTask.objects.get()
    assert (task.status, task.is_booked) == (TaskStatus.QUEUED, False)
    fresh = ProviderTask.objects.select_related("generation__account").get()
    settled(fresh, cost=6)
    assert (purse("spent"), purse("reserved")) == (6, 0)
    assert list(invariants.broken()) == []


def settled(task, cost):
    url = ("https://cdn.wujiebantu.com/1.png",)
    update = TaskUpdate(
        task.key,
        State.SUCCEEDED,
        picture_urls=url,
        cost=cost,
        cost_state=CostState.CHARGED,
    )
    lifecycle.apply([(task, update)])


# --- At the sandbox


@pytest.fixture
def behind(wanted, sandbox, pump_until, reaches, drawing_lasts):
    """``behind()``: two others wait before it, and one is drawn."""
    sandbox.switch(channels={"wujie": 1, "jumdata": 1})

    def make(pictures=1):
        for _ in range(3):
            reaches(wanted("before"), Generation.Status.RUNNING)
        made = wanted("behind", pictures=pictures)
        reaches(made, Generation.Status.RUNNING)
        known = made.tasks.filter(ahead__isnull=False, step_seconds__isnull=False)
        pump_until(lambda: known.count() == pictures)
        return made

    return make


def accelerate(generation, steps=2):
    number = lifecycle.next_number(generation)
    by = generation.requested_by
    return lifecycle.accelerate(generation, steps=steps, number=number, asked_by=by)


def test_it_passes_the_others_and_costs_what_was_said(behind, reaches, sandbox):
    made = behind(pictures=2)
    assert lifecycle.most_steps(made) == 2
    assert accelerate(made).status == Status.ACCEPTED
    # Asked at once: the card shows its new place.
    assert [t.ahead for t in made.tasks.order_by("position")] == [0, 1]
    assert made.tasks.first().step_seconds == 3600
    sandbox.finish()
    made.refresh_from_db()
    assert (made.reserved, shares(made)) == (12, [6, 6])
    reaches(made, Generation.Status.DONE)
    assert {task.cost for task in made.tasks.all()} == {6}
    assert list(invariants.broken()) == []


@pytest.mark.usefixtures("drawing_lasts")
def test_what_has_begun_meanwhile_is_told_and_finished(wanted, reaches, sandbox):
    made = wanted()
    reaches(made, Generation.Status.RUNNING)
    made.tasks.update(status=TaskStatus.QUEUED, ahead=3)
    asked = accelerate(made)
    assert (asked.status, asked.failure_code) == (Status.REFUSED, "20110009")
    assert made.tasks.get().status == TaskStatus.DRAWING
    sandbox.finish()
    reaches(made, Generation.Status.DONE)
    assert (purse("spent"), purse("reserved")) == (2, 0)
    assert list(invariants.broken()) == []


def test_a_lost_answer_is_decided_by_the_final_cost(behind, reaches, sandbox):
    made = behind()
    sandbox.switch(faults={"wujie.accelerate": {"kind": "drop", "times": 1}})
    assert accelerate(made).status == Status.UNKNOWN
    assert sandbox.state()["requests"]["wujie.accelerate"] == 1
    assert accelerate(made) is None  # never twice
    sandbox.finish()
    reaches(made, Generation.Status.DONE)
    assert made.tasks.get().cost == 6  # it had been done after all
    assert list(invariants.broken()) == []


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_gateway_is_asked(waiting, monkeypatch):
    made = waiting()
    seen = []

    def look(*_args, **_options):
        seen.append(
            (
                polling.transaction.get_connection().in_atomic_block,
                Acceleration.objects.get().status,
            )
        )
        raise Unknown("")

    monkeypatch.setattr(client("wujie"), "accelerate", look)
    monkeypatch.setattr(client("wujie"), "poll", lambda keys, **_: [])
    accelerate(made)
    assert seen == [(False, Status.ASKED)]
