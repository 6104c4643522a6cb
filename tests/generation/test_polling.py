"""What is due is asked after, in few calls; no answer stops the pump or other rows."""

import datetime

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gateways.models import GatewayAccount
from gateways.providers.base import CostState, State, TaskUpdate
from gateways.providers.errors import ProviderError, Refused, Unavailable
from generation import lifecycle
from generation.lifecycle import poll_schedule, polling
from generation.lifecycle.intervals import GrowingInterval
from generation.lifecycle.polling import Poll
from generation.models import Artwork, Generation, ProviderTask
from reconciliation import invariants
from spend import ledger
from spend.models import Transfer
from tests import factories

pytestmark = pytest.mark.both_databases

Status = Generation.Status
TaskStatus = ProviderTask.Status
QUARTER = datetime.timedelta(minutes=16)
DONE = "https://cdn.wujiebantu.com/ai/done.png"


@pytest.fixture
def running(alice):
    """``running(3, provider="jumdata")``: at the gateway, every task due now."""

    def make(tasks=1, *, provider="wujie", **fields):
        generation = factories.generation(
            alice,
            provider=provider,
            status=Status.RUNNING,
            pictures=tasks,
            reserved=2 * tasks,
        )
        values = {"poll_after": timezone.now(), "reserved": 2} | fields
        for position in range(tasks):
            factories.task(generation, position=position, **values)
        return generation

    return make


def sizes(polls):
    return [len(asking.tasks) for asking in polls]


def told(generation, outcome, **fields):
    """Book one outcome about all tasks of a generation."""
    tasks = tuple(ProviderTask.objects.filter(generation=generation).order_by("pk"))
    asked = Poll(generation.account.provider, tasks, **fields)
    lifecycle.book_poll(asked, outcome)
    generation.refresh_from_db()


def updates(generation, state, **said):
    tasks = generation.tasks.order_by("pk")
    return [TaskUpdate(task.key, state, **said) for task in tasks]


# --- Claiming


def test_wujie_is_asked_for_25_at_a_time(running):
    running(60)
    polls = lifecycle.claim_polls("wujie", 4)
    assert sizes(polls) == [25, 25, 10]
    assert lifecycle.claim_polls("wujie", 4) == []


def test_no_more_calls_than_asked_for(running):
    running(60)
    assert sizes(lifecycle.claim_polls("wujie", 1)) == [25]
    assert sizes(lifecycle.claim_polls("wujie", 4)) == [25, 10]


def test_jumdata_is_asked_for_one_at_a_time(running):
    for _ in range(3):
        running(provider="jumdata")
    running()
    polls = lifecycle.claim_polls("jumdata", 2)
    assert sizes(polls) == [1, 1]
    assert {asking.name for asking in polls} == {"jumdata"}


def test_what_is_not_due_is_left_alone(running):
    later = timezone.now() + datetime.timedelta(seconds=5)
    running(poll_after=later)
    running(poll_after=None)
    assert lifecycle.claim_polls("wujie", 4) == []


def test_what_is_being_asked_comes_again_if_nobody_books_it(running):
    generation = running()
    lifecycle.claim_polls("wujie", 4)
    task = generation.tasks.get()
    assert task.poll_after > timezone.now() + polling.CLAIMED_FOR / 2
    ProviderTask.objects.update(poll_after=timezone.now())
    assert sizes(lifecycle.claim_polls("wujie", 4)) == [1]


def test_the_overdue_are_asked_in_detail_in_their_turn(running):
    first = running(poll_after=timezone.now() - datetime.timedelta(minutes=3))
    overdue = running(
        status=TaskStatus.OVERDUE,
        poll_after=timezone.now() - datetime.timedelta(minutes=2),
    )
    running(2)
    polls = lifecycle.claim_polls("wujie", 4)
    assert [asked.is_detailed for asked in polls] == [False, True]
    assert polls[1].tasks == (overdue.tasks.get(),)
    assert polls[0].tasks[0] == first.tasks.get()
    assert sizes(polls) == [3, 1]


def test_many_overdue_do_not_starve_the_others(running):
    long_ago = timezone.now() - datetime.timedelta(minutes=2)
    running(10, status=TaskStatus.OVERDUE)
    running(2, poll_after=long_ago)
    polls = lifecycle.claim_polls("wujie", 4)
    assert sizes(polls)[0] == 2
    assert not polls[0].is_detailed


def test_a_row_of_another_account_is_not_asked_after(running, settings):
    running()
    settings.GATEWAYS = {"wujie": {**settings.GATEWAYS["wujie"], "app_id": "real"}}
    assert lifecycle.claim_polls("wujie", 4) == []


# --- Progress and its deadline


def test_progress_is_kept_and_the_card_told(running):
    generation = running()
    version = generation.version
    told(generation, updates(generation, State.DRAWING, percent=40.0))
    task = generation.tasks.get()
    assert (task.status, task.percent, task.polls) == (TaskStatus.DRAWING, 40.0, 1)
    assert generation.version == version + 1
    told(generation, updates(generation, State.DRAWING, percent=40.0))
    assert generation.version == version + 1  # nothing new to draw


def test_without_progress_it_becomes_overdue(running):
    still = timezone.now() - QUARTER
    silent = {"progress_at": still, "silent_seconds": QUARTER.total_seconds()}
    generation = running(status=TaskStatus.DRAWING, percent=40.0, **silent)
    told(generation, updates(generation, State.DRAWING, percent=40.0))
    task = generation.tasks.get()
    assert task.status == TaskStatus.OVERDUE
    assert task.poll_after > timezone.now() + datetime.timedelta(minutes=9)
    assert generation.status == Status.RUNNING
    assert ledger.balances(factories.team())["reserved"] == 2


def test_any_progress_puts_the_deadline_off(running):
    still = timezone.now() - QUARTER
    generation = running(status=TaskStatus.QUEUED, ahead=9, progress_at=still)
    told(generation, updates(generation, State.QUEUED, ahead=8))
    task = generation.tasks.get()
    assert (task.status, task.ahead) == (TaskStatus.QUEUED, 8)
    assert task.progress_at > timezone.now() - datetime.timedelta(minutes=1)


def test_the_overdue_may_still_move_and_end(running):
    still = timezone.now() - QUARTER
    generation = running(status=TaskStatus.OVERDUE, percent=40.0, progress_at=still)
    told(generation, updates(generation, State.DRAWING, percent=40.0))
    assert generation.tasks.get().status == TaskStatus.OVERDUE
    told(generation, updates(generation, State.DRAWING, percent=41.0))
    assert generation.tasks.get().status == TaskStatus.DRAWING
    done = updates(generation, State.SUCCEEDED, picture_urls=(DONE,), cost=2)
    told(generation, done)
    assert generation.status == Status.DONE
    assert list(invariants.broken()) == []


def test_a_stuck_job_at_the_gateway_is_asked_in_detail(wanted, reaches, pump_until):
    generation = wanted("sandbox:stuck", provider="jumdata")
    reaches(generation, Status.RUNNING)
    tasks = ProviderTask.objects.filter(generation=generation)
    pump_until(lambda: tasks.filter(status=TaskStatus.DRAWING).exists())
    tasks.update(silent_seconds=QUARTER.total_seconds(), poll_after=timezone.now())
    pump_until(lambda: tasks.filter(status=TaskStatus.OVERDUE).exists())
    polls = tasks.get().polls
    lifecycle.make_due(generation)  # what a person or a callback may do
    pump_until(lambda: tasks.get().polls > polls)
    assert tasks.get().status == TaskStatus.OVERDUE


def test_a_key_the_answer_lacks_only_waits(running):
    generation = running(2)
    first, second = generation.tasks.order_by("pk")
    told(generation, [TaskUpdate(first.key, State.DRAWING, percent=10.0)])
    second.refresh_from_db()
    assert (second.status, second.polls) == (TaskStatus.QUEUED, 1)
    assert second.poll_after is not None


def test_keys_nobody_asked_about_change_nothing(running):
    generation, other = running(), running()
    foreign = updates(other, State.FAILED, cost=0)
    told(generation, foreign)
    assert other.tasks.get().status == TaskStatus.QUEUED
    assert generation.tasks.get().status == TaskStatus.QUEUED


# --- Failed asks


@pytest.mark.parametrize(
    "error",
    [ProviderError("?"), Unavailable("503", retry_after=9.0), Refused("no", code="9")],
)
def test_a_failed_ask_moves_nothing_and_books_nothing(running, error):
    generation = running(3, status=TaskStatus.DRAWING, percent=40.0)
    before = Transfer.objects.count()
    told(generation, error)
    assert generation.status == Status.RUNNING
    for task in generation.tasks.all():
        assert (task.status, task.percent) == (TaskStatus.DRAWING, 40.0)
        assert task.poll_after is not None
        assert not task.is_booked
    assert Transfer.objects.count() == before


def test_a_failed_ask_does_not_book_what_waits_for_its_charge(running):
    pending = {"status": TaskStatus.SUCCEEDED, "cost_state": CostState.PENDING.value}
    generation = running(finished_at=timezone.now(), **pending)
    told(generation, Unavailable("gone"))
    task = generation.tasks.get()
    assert not task.is_booked
    assert task.poll_after is not None


def test_trouble_is_told_and_taken_back(running):
    generation = running()
    told(generation, Unavailable("The gateway broke.", code="500"))
    account = GatewayAccount.objects.get()
    since = account.health.trouble_at
    assert account.health.trouble == "The gateway broke. (500)"
    told(generation, Unavailable("It still is."))
    account.refresh_from_db()
    assert (account.health.trouble, account.health.trouble_at) == (
        "It still is.",
        since,
    )
    told(generation, [])
    account.refresh_from_db()
    assert (account.health.trouble, account.health.trouble_at) == ("", None)


def test_a_refusal_is_an_answer_and_no_trouble(running):
    told(running(), Refused("no such key", code="20010001"))
    assert GatewayAccount.objects.get().health.trouble == ""


def test_an_ask_that_breaks_is_a_failed_ask(running, monkeypatch):
    def broken(provider):
        raise RecursionError("deep")

    running()
    (asked,) = lifecycle.claim_polls("wujie", 1)
    monkeypatch.setattr(polling, "client", broken)
    assert isinstance(lifecycle.poll(asked), Unavailable)


def test_a_row_that_cannot_be_booked_does_not_stop_the_others(running):
    generation = running(3)
    bad = generation.tasks.order_by("pk")[1]
    # Its share is larger than all that is reserved: settling it is Overdrawn.
    ProviderTask.objects.filter(pk=bad.pk).update(reserved=1_000_000)
    said = {"cost_state": CostState.REFUNDED, "failure_message": "作画失败"}
    told(generation, updates(generation, State.FAILED, **said))
    ended = generation.tasks.filter(is_booked=True)
    assert ended.count() == 2
    bad.refresh_from_db()
    assert bad.status == TaskStatus.QUEUED
    assert generation.status == Status.RUNNING


# --- All answers of one call together


def ended(tasks):
    said = {"cost": 2, "cost_state": CostState.CHARGED, "picture_urls": (DONE,)}
    return [TaskUpdate(task.key, State.SUCCEEDED, **said) for task in tasks]


def test_a_full_call_is_booked_in_few_statements(running):
    for _ in range(25):
        running()
    (asked,) = lifecycle.claim_polls("wujie", 1)
    updates = ended(asked.tasks)
    with CaptureQueriesContext(connection) as statements:
        lifecycle.book_poll(asked, updates)
    assert Generation.objects.filter(status=Status.DONE).count() == 25
    assert ledger.balances(factories.team())["spent"] == 50
    # One update a task, and what all of them need together.
    assert len(statements) <= 25 + 16
    assert list(invariants.broken()) == []


def test_what_two_processes_book_at_once_is_booked_once(running):
    for _ in range(3):
        running()
    (asked,) = lifecycle.claim_polls("wujie", 1)
    tasks = ProviderTask.objects.select_related("generation", "account")
    twice = Poll("wujie", tuple(tasks.order_by("pk")))
    lifecycle.book_poll(asked, ended(asked.tasks[:2]))
    lifecycle.book_poll(twice, ended(twice.tasks))
    assert Transfer.objects.filter(kind=Transfer.Kind.SETTLE).count() == 3
    assert Artwork.objects.count() == 3
    assert list(invariants.broken()) == []


def test_a_callback_while_it_is_asked_after_is_not_forgotten(running, monkeypatch):
    """The answer on its way is from before the end that the callback tells of."""
    monkeypatch.setattr(poll_schedule, "PROGRESS", GrowingInterval(60, 60, 60))
    monkeypatch.setattr(poll_schedule, "VISIBLE_PROGRESS_SECONDS", 60)
    tasks = [running().tasks.get() for _ in range(2)]
    (asked,) = lifecycle.claim_polls("wujie", 1)
    lifecycle.make_due(tasks[0].generation)
    drawing = [TaskUpdate(task.key, State.DRAWING, percent=50.0) for task in tasks]
    lifecycle.book_poll(asked, drawing)
    (again,) = lifecycle.claim_polls("wujie", 1)
    assert [task.pk for task in again.tasks] == [tasks[0].pk]


def test_where_all_cannot_be_booked_together_each_is_alone(running, monkeypatch):
    """Whatever breaks a row: here its artwork is there already."""
    for _ in range(4):
        running()
    (asked,) = lifecycle.claim_polls("wujie", 1)
    bad = asked.tasks[1]
    generation = bad.generation
    Artwork.objects.create(
        task=bad,
        generation=generation,
        team=generation.team,
        requested_by=generation.requested_by,
        source_url=DONE,
        fetch_after=timezone.now(),
    )
    lifecycle.book_poll(asked, ended(asked.tasks))
    bad.refresh_from_db()
    assert (bad.status, bad.is_booked) == (TaskStatus.QUEUED, False)
    assert bad.poll_after is not None  # it is asked after again
    generation.refresh_from_db()
    assert generation.status == Status.RUNNING
    assert ProviderTask.objects.filter(is_booked=True).count() == 3
    assert Generation.objects.filter(status=Status.DONE, is_storing=True).count() == 3
    assert ledger.balances(factories.team())["spent"] == 6
    (broken,) = invariants.broken()
    assert broken.endswith("is of a task that did not succeed")  # as was made above


def test_teams_and_units_are_settled_apart(running, bob):
    running()
    elsewhere = factories.generation(bob, status=Status.RUNNING, reserved=2)
    factories.task(elsewhere, poll_after=timezone.now(), reserved=2)
    (asked,) = lifecycle.claim_polls("wujie", 1)
    lifecycle.book_poll(asked, ended(asked.tasks))
    assert ledger.balances(factories.team())["spent"] == 2
    assert ledger.balances(factories.team("Elsewhere"))["spent"] == 2
    assert list(invariants.broken()) == []


# --- Over the wire: whatever comes, the pump lives and other rows go on

SPOILED = [
    {"kind": "html"},
    {"kind": "http_500"},
    {"kind": "http_500", "status": 503, "seconds": 0},
    {"kind": "not_json"},
    {"kind": "half_json"},
    {"kind": "truncated"},
    {"kind": "empty"},
    {"kind": "drop"},
    {"kind": "missing_fields"},
    {"kind": "unknown_status"},
    {"kind": "unknown_code"},
    {"kind": "forget"},
    {"kind": "huge", "megabytes": 5},
    {"kind": "slow", "seconds": 3},
    {"kind": "late_answer", "seconds": 2},
]
ENDPOINTS = {"wujie": "wujie.generating_info", "jumdata": "jumdata.query"}
#: A Jumdata answer carries no list that could lack a key.
CASES = [
    pytest.param(provider, fault, id=f"{provider}-{fault['kind']}")
    for provider in ENDPOINTS
    for fault in SPOILED
    if (provider, fault["kind"]) != ("jumdata", "forget")
]


@pytest.mark.cases_of_the_wire
@pytest.mark.parametrize(("provider", "fault"), CASES)
def test_a_spoiled_answer_holds_up_its_own_row_alone(
    wanted, reaches, pump_until, sandbox, impatient, provider, fault
):
    sandbox.switch(faults={ENDPOINTS[provider]: fault})
    spoiled = wanted(provider=provider)
    other = wanted(provider="jumdata" if provider == "wujie" else "wujie")
    reaches(other, Status.DONE)
    asked = ProviderTask.objects.filter(generation=spoiled)
    pump_until(lambda: asked.filter(polls__gte=2).exists())
    spoiled.refresh_from_db()
    assert spoiled.status == Status.RUNNING
    assert not asked.get().is_booked
    sandbox.switch(faults={ENDPOINTS[provider]: None})
    reaches(spoiled, Status.DONE)
    spent = asked.aggregate(all=Sum("cost"))["all"]
    assert spent == (2 if provider == "wujie" else 1)
    assert list(invariants.broken()) == []


@pytest.mark.usefixtures("drawing_lasts")
def test_a_key_that_breaks_every_call_frees_the_others(
    wanted, pump_until, sandbox, monkeypatch
):
    """In ever smaller company: some looks later it stands alone."""
    monkeypatch.setattr(poll_schedule, "PROGRESS", GrowingInterval(0.05, 0.2, 0.2))
    whole = wanted(pictures=20)
    running = ProviderTask.objects.filter(generation=whole)
    pump_until(lambda: running.count() == 20)
    bad = running[7].key
    rule = {"kind": "http_500", "about": bad}
    sandbox.switch(faults={ENDPOINTS["wujie"]: rule})
    sandbox.finish()
    pump_until(lambda: running.filter(is_booked=True).count() == 19, 60)
    assert running.get(is_booked=False).key == bad
    sandbox.switch(faults={ENDPOINTS["wujie"]: None})
    pump_until(lambda: running.filter(is_booked=True).count() == 20, 60)
    assert list(invariants.broken()) == []


def test_a_status_nobody_knows_is_kept_as_it_came(wanted, pump_until, sandbox):
    sandbox.switch(faults={ENDPOINTS["wujie"]: {"kind": "unknown_status"}})
    wanted()
    asked = ProviderTask.objects.filter(answer__isnull=False)
    pump_until(lambda: asked.exists())
    assert asked.get().answer["status"] == 99


def test_one_batch_mixes_the_good_and_the_failed(wanted, pump_until, reaches):
    good, bad = wanted("good", pictures=2), wanted("sandbox:fail", pictures=2)
    twelve = wanted("sandbox:fail12")
    reaches(good, Status.DONE)
    reaches(bad, Status.FAILED)
    reaches(twelve, Status.FAILED)
    assert {task.failure_message for task in bad.tasks.all()} == {"作画失败"}
    assert twelve.tasks.get().failure_message == "作画超时"
    balances = ledger.balances(factories.team())
    assert (balances["reserved"], balances["spent"]) == (0, 4)
    assert list(invariants.broken()) == []
