"""Deadlines count from the last sign of progress, and only while one could hear it."""

import datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gateways import gateway_messages
from gateways.providers.base import (
    CostState,
    State,
    Submitted,
    SubmittedTask,
    TaskUpdate,
)
from gateways.providers.errors import Unavailable
from gateways.providers.faults import Fault
from generation import lifecycle
from generation.lifecycle import planned_times, poll_schedule, sweeping
from generation.lifecycle.account_load import AccountLoad
from generation.lifecycle.polling import Poll
from generation.lifecycle.sending import Submission
from generation.lifecycle.submit_recovery import searching
from generation.models import (
    Acceleration,
    Artwork,
    Generation,
    ProviderTask,
    SubmitRecovery,
)
from reconciliation import invariants
from spend import ledger
from spend.units import Unit
from tests import factories
from tests.engine import at_once

pytestmark = pytest.mark.both_databases

Status = Generation.Status
TaskStatus = ProviderTask.Status
MINUTE = datetime.timedelta(minutes=1)
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)
ACCEPTED = Submitted((SubmittedTask("A" * 32),), 4, Unit.INTEGRAL, {})


def set_row(row, **fields):
    type(row).objects.filter(pk=row.pk).update(**fields)
    row.refresh_from_db()


def purse(kind, gateway=""):
    return ledger.balances(factories.team(), gateway=gateway)[kind]


# --- Giving up sending


def answered(generation, outcome):
    """Claimed now, and answered so."""
    set_row(generation, status=Status.SUBMITTING, submitting_at=timezone.now())
    order = lifecycle.order_of(generation)
    lifecycle.book_sent(Submission(generation, order, ""), outcome)
    generation.refresh_from_db()


def test_an_old_one_that_meets_a_short_trouble_is_not_given_up(alice):
    generation = factories.generation(alice, created_at=timezone.now() - 5 * HOUR)
    answered(generation, Unavailable("closed", code="500"))
    assert generation.status == Status.QUEUED
    assert timezone.now() - generation.unsent_since < MINUTE


def test_the_hour_is_counted_from_the_first_no_in_a_row(alice):
    generation = factories.generation(alice)
    for minutes in (59, 61):
        since = timezone.now() - minutes * MINUTE
        set_row(generation, unsent_since=since, send_after=timezone.now())
        answered(generation, Unavailable("closed", code="500"))
        assert generation.unsent_since == since
        gave_up = minutes > 60
        assert generation.status == (Status.FAILED if gave_up else Status.QUEUED)
    assert purse("reserved") == 0
    assert list(invariants.broken()) == []


def test_what_we_could_not_try_begins_the_row_anew(alice):
    generation = factories.generation(alice)
    now = timezone.now()
    set_row(generation, unsent_since=now - 3 * HOUR, send_after=now - 2 * HOUR)
    answered(generation, Unavailable("closed", code="500"))
    assert generation.status == Status.QUEUED
    assert timezone.now() - generation.unsent_since < MINUTE


def test_what_was_taken_at_last_has_no_row_any_more(alice):
    generation = factories.generation(alice)
    answered(generation, Unavailable("closed", code="500"))
    answered(generation, ACCEPTED)
    assert (generation.status, generation.unsent_since) == (Status.RUNNING, None)


# --- Waiting in our own queue


def test_what_waited_here_for_a_day_is_given_up(alice):
    old = factories.generation(alice, created_at=timezone.now() - DAY - MINUTE)
    young = factories.generation(alice, created_at=timezone.now() - DAY + HOUR)
    assert sweeping.sweep_waiting() == 1
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.status, old.failure_code) == (Status.FAILED, Fault.WAITED)
    assert old.finished_at is not None
    assert "waited here for a whole day" in gateway_messages.meaning(
        "wujie", Fault.WAITED
    )
    assert (young.status, purse("reserved")) == (Status.QUEUED, 4)
    assert list(invariants.broken()) == []
    assert sweeping.sweep_waiting() == 0


@pytest.mark.parametrize(
    "status", [status for status in Status if status != Status.QUEUED]
)
def test_only_what_waits_is_given_up(alice, status):
    factories.generation(alice, status=status, created_at=timezone.now() - 9 * DAY)
    assert sweeping.sweep_waiting() == 0
    assert Generation.objects.get().status == status


@pytest.mark.django_db(transaction=True)
def test_of_giving_up_and_sending_at_once_one_wins(alice, monkeypatch):
    pk = factories.generation(alice, created_at=timezone.now() - 2 * DAY).pk

    def race(number):
        if number % 2:
            return len(lifecycle.claim_queued("wujie", 1))
        sweeping.sweep_waiting()
        return 0

    claimed = sum(at_once(race, threads=4))
    generation = Generation.objects.get(pk=pk)
    assert (generation.status, purse("reserved")) == (
        (Status.SUBMITTING, 4) if claimed else (Status.FAILED, 0)
    )
    assert claimed in (0, 1)


def test_forgotten_for_more_than_a_day_is_broken(alice):
    factories.generation(alice, created_at=timezone.now() - DAY - 2 * HOUR)
    assert any("waits here for more than a day" in said for said in invariants.broken())


# --- Overdue


@pytest.fixture
def drawing(alice):
    def make(**fields):
        generation = factories.generation(alice, status=Status.RUNNING)
        values = {"status": TaskStatus.DRAWING, "percent": 40.0}
        now = timezone.now()
        return factories.task(generation, **values | {"poll_after": now} | fields)

    return make


def told(task, state=State.DRAWING, percent=40.0, **said):
    update = TaskUpdate(task.key, state, percent=percent, **said)
    outcome(task, [update])


def outcome(task, came):
    rows = ProviderTask.objects.select_related("account", "generation__account")
    row = rows.get(pk=task.pk)
    with transaction.atomic():
        lifecycle.book_poll(Poll("wujie", (row,)), came)
    task.refresh_from_db()


def test_after_an_outage_nothing_is_overdue_at_once(drawing):
    ago = timezone.now() - 5 * HOUR
    tasks = [drawing(progress_at=ago, answered_at=ago) for _ in range(3)]
    for task in tasks:
        told(task)
        assert task.status == TaskStatus.DRAWING
        assert task.poll_after < timezone.now() + MINUTE
        assert task.silent_seconds == 120


def test_silence_that_was_heard_makes_it_overdue(drawing):
    task = drawing()
    for minute in range(1, 17):
        set_row(task, answered_at=timezone.now() - MINUTE)
        told(task)
        assert (task.status == TaskStatus.OVERDUE) == (minute >= 15), minute
    told(task, percent=41.0)
    assert (task.status, task.silent_seconds) == (TaskStatus.DRAWING, 0.0)


def test_a_key_that_is_left_out_is_silence(drawing):
    task = drawing(silent_seconds=16 * 60.0)
    outcome(task, [])
    assert task.status == TaskStatus.OVERDUE


@pytest.mark.parametrize("error", [Unavailable("away"), Unavailable("x", code="609")])
def test_an_answer_that_never_came_is_no_silence(drawing, error):
    task = drawing(silent_seconds=899.0)
    for _ in range(30):
        outcome(task, error)
    assert (task.status, task.silent_seconds, task.polls) == ("drawing", 899.0, 30)
    assert task.answered_at is None
    assert task.poll_after < timezone.now() + MINUTE


def test_an_answer_that_we_cannot_read_has_its_deadline(drawing):
    task = drawing(silent_seconds=16 * 60.0)
    outcome(task, Unavailable("KeyError", code=Fault.BROKEN))
    assert task.status == TaskStatus.OVERDUE


def test_the_overdue_are_asked_rarely_while_nobody_answers(drawing):
    task = drawing(status=TaskStatus.OVERDUE)
    outcome(task, Unavailable("away"))
    assert task.poll_after > timezone.now() + 9 * MINUTE


@pytest.mark.parametrize("hours", [-30, 30])
def test_a_clock_that_jumps_makes_nothing_overdue(drawing, hours):
    then = timezone.now() + hours * HOUR
    task = drawing(progress_at=then, created_at=then, answered_at=then)
    told(task)
    assert task.status == TaskStatus.DRAWING


@pytest.mark.usefixtures("drawing_lasts")
def test_a_gateway_in_trouble_makes_nothing_overdue(
    wanted, reaches, pump_until, sandbox
):
    generation = wanted(pictures=2)
    reaches(generation, Status.RUNNING)
    fault = {"kind": "http_500", "times": 3}  # the breaker stays closed
    sandbox.switch(faults={"wujie.generating_info": fault})
    generation.tasks.update(silent_seconds=899.0, progress_at=timezone.now() - DAY)
    told = "wujie.generating_info http_500"
    pump_until(lambda: sandbox.state()["faults"].get(told) == 3)
    sandbox.finish()
    reaches(generation, Status.DONE)
    assert list(invariants.broken()) == []


@pytest.mark.parametrize("answered", [True, False])
def test_what_is_asked_in_vain_for_a_day_is_for_a_person(
    alice, otto, drawing, settings, answered
):
    """The gateway is gone for good, or the account's credentials are."""
    ago = timezone.now() - DAY - HOUR
    task = drawing(created_at=ago, answered_at=ago if answered else None)
    heard = drawing(created_at=ago, answered_at=timezone.now() - 23 * HOUR)
    ended = drawing(created_at=ago, status=TaskStatus.FAILED, is_booked=True, cost=0)
    version = task.generation.version
    settings.GATEWAYS = {}
    lifecycle.sweep(is_awake=False)
    task.refresh_from_db()
    assert task.status == TaskStatus.DRAWING  # we may have been down ourselves
    lifecycle.sweep()
    for row in (task, heard, ended):
        row.refresh_from_db()
    assert [row.status for row in (task, heard, ended)] == [
        TaskStatus.OVERDUE,
        TaskStatus.DRAWING,
        TaskStatus.FAILED,
    ]
    task.generation.refresh_from_db()
    assert task.generation.version == version + 1
    gateway = task.account.purse
    reserved = purse("reserved", gateway)
    assert lifecycle.close_task(task, was_paid=False, closed_by=otto)
    assert purse("reserved", gateway) == reserved - 4


def test_what_was_asked_in_vain_goes_on_with_its_next_answer(drawing):
    task = drawing(answered_at=timezone.now() - DAY - HOUR)
    lifecycle.sweep()
    task.refresh_from_db()
    assert task.status == TaskStatus.OVERDUE
    told(task, percent=41.0)
    assert task.status == TaskStatus.DRAWING


def test_a_recovery_that_nobody_can_make_is_given_up_too(alice, settings):
    ago = timezone.now() - DAY - 2 * HOUR
    generation = factories.generation(
        alice, status=Status.UNCERTAIN, failure_code=Fault.LOST, submitting_at=ago
    )
    recovery = SubmitRecovery.objects.create(
        generation=generation, begun_at=ago, look_after=timezone.now() - HOUR
    )
    settings.GATEWAYS = {}
    lifecycle.sweep()
    recovery.refresh_from_db()
    assert recovery.look_after is not None  # it may just have had to wait
    assert list(invariants.broken()) == []
    set_row(recovery, look_after=ago)
    lifecycle.sweep()
    recovery.refresh_from_db()
    generation.refresh_from_db()
    assert (recovery.look_after, generation.is_looked_for) == (None, False)


# --- A clock that was ahead


def test_what_a_clock_has_put_off_is_due_at_once(alice, drawing):
    now, ahead = timezone.now(), timezone.now() + 5 * HOUR
    queued = factories.generation(alice, send_after=ahead)
    tried = factories.generation(alice, send_after=ahead, attempts=3)
    lost = factories.generation(alice, status=Status.UNCERTAIN)
    sent = factories.generation(alice, status=Status.SUBMITTING, submitting_at=ahead)
    recovery = SubmitRecovery.objects.create(generation=lost, look_after=ahead)
    tasks = [
        drawing(poll_after=ahead),
        drawing(poll_after=ahead, status=TaskStatus.OVERDUE),
        drawing(poll_after=now + 2 * DAY, status=TaskStatus.FAILED, is_booked=True),
        drawing(poll_after=ahead, status=TaskStatus.SUCCEEDED),
    ]
    artworks = [factories.artwork(alice) for _ in range(2)]
    for attempts, artwork in enumerate(artworks):
        after = {"stored_at": None, "fetch_after": ahead, "fetch_attempts": attempts}
        set_row(artwork, **after)
    account = queued.account
    set_row(account.health, quiet_until=ahead, resume_after=ahead)
    assert lifecycle.repair_planned_times() == 12
    account.refresh_from_db()
    health = account.health
    assert max(health.quiet_until, health.resume_after) <= timezone.now()
    for row in (queued, tried, sent, recovery, *tasks, *artworks):
        row.refresh_from_db()
    until = timezone.now()
    assert max(queued.send_after, tried.send_after, sent.submitting_at) <= until
    assert recovery.look_after <= until
    assert max(task.poll_after for task in tasks) <= until
    assert max(artwork.fetch_after for artwork in artworks) <= until
    assert lifecycle.repair_planned_times() == 0


def test_what_began_by_a_clock_that_was_ahead_begins_now(alice):
    """Else a recovery would search every other second until that moment comes, and a
    dead process's acceleration would be awaited as long."""
    ahead = timezone.now() + 300 * DAY
    lost = factories.generation(alice, status=Status.UNCERTAIN)
    recovery = SubmitRecovery.objects.create(
        generation=lost, begun_at=ahead, look_after=timezone.now()
    )
    asked = Acceleration.objects.create(
        generation=lost, number=1, asked_by=alice, steps=1, price=0, asked_at=ahead
    )
    assert lifecycle.repair_planned_times() == 2
    for row in (recovery, asked):
        row.refresh_from_db()
    assert max(recovery.begun_at, asked.asked_at) <= timezone.now()


def test_what_was_put_off_on_purpose_stays(alice, drawing):
    now = timezone.now()
    factories.generation(alice, send_after=now + 20 * MINUTE, attempts=2)
    factories.generation(alice, status=Status.SUBMITTING, submitting_at=now)
    lost = factories.generation(alice, status=Status.UNCERTAIN)
    SubmitRecovery.objects.create(generation=lost, look_after=now + 65 * MINUTE)
    drawing(poll_after=now + MINUTE)
    drawing(poll_after=now + 10 * MINUTE, status=TaskStatus.OVERDUE)
    drawing(poll_after=now + DAY, status=TaskStatus.FAILED, is_booked=True)
    pending = {"cost_state": CostState.PENDING.value, "status": TaskStatus.SUCCEEDED}
    drawing(poll_after=now + 11 * MINUTE, **pending)
    artwork = factories.artwork(alice)
    set_row(artwork, stored_at=None, fetch_after=now + HOUR, fetch_attempts=12)
    assert lifecycle.repair_planned_times() == 0


@pytest.mark.parametrize("open_tasks", [1_200, 20_000])
def test_polls_that_a_crowded_account_plans_stay(drawing, open_tasks):
    """Jumdata takes one key a call, 20 calls a second."""
    load = AccountLoad(round_seconds=open_tasks / 20)
    first = poll_schedule.first_poll(90_000, load)
    task, now = drawing(), timezone.now()
    update = TaskUpdate(task.key, State.DRAWING, expected_seconds=90_000)
    later = poll_schedule.next_poll(task, update, now, load)
    set_row(task, poll_after=now + first)
    set_row(drawing(), poll_after=now + later)
    assert min(first, later) > 4 * MINUTE
    assert lifecycle.repair_planned_times() == 0


def test_each_longest_plan_is_reached_by_its_own_constants(drawing):
    """The ceilings follow the schedules: none is shorter than what they plan."""
    now = timezone.now()
    ended = drawing(finished_at=now - 400 * DAY)
    charging = drawing(finished_at=now - 400 * DAY, cost_state=CostState.PENDING.value)
    limits = {column: limits for _, column, limits in planned_times.longest_plans()}
    unbooked, booked = limits["poll_after"].values()
    for _ in range(50):
        assert poll_schedule.late_poll(ended, now) <= booked
        assert poll_schedule.charge_poll(charging, now) <= unbooked
        assert searching.SEARCH.wait(400 * DAY) <= max(limits["look_after"].values())
    assert poll_schedule.overdue_poll() <= unbooked


def test_a_sweep_is_a_few_statements_that_use_an_index(alice, drawing):
    for _ in range(3):
        drawing()
        factories.generation(alice)
    with CaptureQueriesContext(connection) as statements:
        lifecycle.sweep()
    assert len(statements) <= 15
    assert Artwork.objects.count() == 0


def test_a_part_of_the_sweep_that_breaks_stops_no_other(alice, monkeypatch, caplog):
    def broken():
        raise RuntimeError("on purpose")

    old = factories.generation(alice, created_at=timezone.now() - 2 * DAY)
    monkeypatch.setattr(sweeping, "repair_planned_times", broken)
    lifecycle.sweep()
    old.refresh_from_db()
    assert old.status == Status.FAILED
    assert "The sweep broke in broken" in caplog.text
