"""One leads, one stands by, and nothing that is slow or broken holds up the rest."""

import re
import threading
import time
from concurrent.futures import Future, wait

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gateways import catalogue, circuit_breaker
from generation import archive, lifecycle
from generation.lifecycle import account_load
from generation.models import Artwork, Generation, Lease, ProviderTask, SubmitRecovery
from moderation import decisions
from reconciliation import invariants
from tests import factories
from tests.engine import at_once
from wjportal.engine import lanes, leader, pump

pytestmark = pytest.mark.both_databases

Status = Generation.Status
SECOND = timezone.timedelta(seconds=1)


def holder():
    return Lease.objects.get(name="pump").holder


def run_out(name):
    Lease.objects.filter(name=name).update(until=timezone.now() - SECOND)


# --- The lease


def test_a_lease_is_taken_renewed_and_given_back(db):
    assert Lease.take("pump", "one", 6)
    assert not Lease.take("pump", "two", 6)
    before = Lease.objects.get().until
    assert Lease.take("pump", "one", 6)
    assert Lease.objects.get().until > before
    Lease.give_back("pump", "two")  # not theirs to give
    assert not Lease.take("pump", "two", 6)
    Lease.give_back("pump", "one")
    assert Lease.take("pump", "two", 6)
    assert holder() == "two"


def test_a_lease_that_ran_out_is_anyones(db):
    Lease.take("pump", "dead", 6)
    run_out("pump")
    assert Lease.take("pump", "alive", 6)
    assert not Lease.take("pump", "dead", 6)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state", ["new", "run out", "given back"])
def test_of_many_who_take_it_at_once_one_gets_it(state):
    if state != "new":
        Lease.take("pump", "before", 6)
    if state == "run out":
        run_out("pump")
    if state == "given back":
        Lease.give_back("pump", "before")
    got = at_once(lambda number: Lease.take("pump", f"holder {number}", 6), threads=8)
    assert got.count(True) == 1
    assert holder() == f"holder {got.index(True)}"


# --- Who leads


@pytest.fixture
def led_by(monkeypatch):
    """Counts the turns, each of which does nothing but take a little time."""
    seen = []

    def turn(state):
        seen.append(holder())
        time.sleep(0.01)

    monkeypatch.setattr(leader, "turn", turn)
    return seen


def test_the_first_comer_leads_for_its_budget(db, led_by):
    assert pump.run(budget=0.5)
    assert len(led_by) > 2
    assert Lease.take("pump", "next", 6)  # given back


def test_the_third_comer_leaves_at_once(db, led_by):
    Lease.take("pump", "leader", 6)
    Lease.take("standby", "second", 6)
    assert not pump.run(budget=30)
    assert led_by == []
    assert holder() == "leader"


def test_the_standby_leads_when_the_leader_is_gone(db, led_by, monkeypatch):
    monkeypatch.setattr(pump, "STANDBY_SECONDS", 0.02)
    Lease.take("pump", "killed", 0.05)
    assert pump.run(budget=1)
    assert led_by
    assert set(led_by) != {"killed"}
    # Somebody else may stand by now.
    assert Lease.take("standby", "next", 6)


def test_the_standby_of_a_healthy_leader_goes_when_its_time_is_up(db, led_by):
    Lease.take("pump", "leader", 6)
    assert pump.run(budget=0.1)
    assert led_by == []
    assert Lease.take("standby", "next", 6)


def test_who_lost_the_lease_stops_and_leaves_it_alone(db, monkeypatch):
    monkeypatch.setattr(pump, "RENEW_SECONDS", 0.02)
    turned = []

    def turn(state):
        turned.append(1)
        time.sleep(0.01)
        Lease.objects.update(holder="another", until=timezone.now() + 9 * SECOND)

    monkeypatch.setattr(leader, "turn", turn)
    begun = time.monotonic()
    assert pump.run(budget=60)
    assert time.monotonic() - begun < 50
    assert len(turned) < 10
    assert (holder(), pump_lease().until > timezone.now()) == ("another", True)


def pump_lease():
    return Lease.objects.get(name="pump")


def test_the_leader_renews_in_time(db, led_by, monkeypatch):
    monkeypatch.setattr(pump, "RENEW_SECONDS", 0.02)
    monkeypatch.setattr(pump, "LEASE_SECONDS", 0.1)
    begun = timezone.now()
    pump.run(budget=0.3)
    assert pump_lease().renewed_at > begun + SECOND * 0.2


def test_whoever_leads_sweeps(wanted):
    generation = wanted()
    lifecycle.claim_queued("wujie", 1)
    Generation.objects.update(submitting_at=timezone.now() - 600 * SECOND)
    pump.run(budget=0.01)
    generation.refresh_from_db()
    # Nobody swept before: who has the answer may have been cut off from the database.
    assert generation.status == Status.SUBMITTING
    Lease.objects.filter(name="sweep").update(until=timezone.now())
    pump.run(budget=0.01)
    generation.refresh_from_db()
    assert generation.status == Status.UNCERTAIN


def test_of_all_processes_one_sweeps(db, monkeypatch):
    swept = []
    monkeypatch.setattr(lifecycle, "sweep", lambda **said: swept.append(said))
    for _ in range(3):
        pump.sweep()
    assert swept == [{"is_awake": False}]
    Lease.objects.filter(name="sweep").update(until=timezone.now())
    pump.sweep()
    assert swept[1:] == [{"is_awake": True}]
    Lease.objects.filter(name="sweep").update(
        until=timezone.now(), renewed_at=timezone.now() - 2 * pump.AWAKE
    )
    pump.sweep()
    assert swept[2:] == [{"is_awake": False}]


@pytest.mark.parametrize("hours", [1, 48])
def test_a_lease_of_a_clock_that_was_ahead_is_taken_over(db, led_by, hours):
    Lease.take("pump", "before", 6)
    ahead = timezone.now() + hours * 3600 * SECOND
    Lease.objects.update(until=ahead, renewed_at=ahead)
    assert pump.run(budget=0.05)
    assert led_by


# --- A turn


def test_an_idle_turn_is_a_few_queries(db, monkeypatch, django_assert_num_queries):
    factories.account("wujie")
    factories.account("jumdata")
    state = leader.LeaderState()
    state.read_allowances()
    for bucket in state.buckets.values():
        bucket._at -= 1
    # A claim a lane, what is to be judged, what is to be settled.
    with django_assert_num_queries(8):
        leader.turn(state)


def test_a_picture_takes_few_statements(wanted, sandbox):
    """From queued to judged, in calls as full as when much is going on."""
    sandbox.switch(draw_seconds=0)
    for number in range(25):
        wanted(str(number))
    with CaptureQueriesContext(connection) as statements:
        while claimed := lifecycle.claim_queued("wujie", lanes.THREADS):
            for submission in claimed:
                lifecycle.book_sent(submission, lifecycle.send(submission))
        ProviderTask.objects.update(poll_after=timezone.now())
        (poll,) = lifecycle.claim_polls("wujie", lanes.THREADS)
        lifecycle.book_poll(poll, lifecycle.poll(poll))
        while found := archive.claim_unstored(lanes.THREADS):
            archive.book_fetched([(one, archive.fetch(one)) for one in found])
            decisions.screen_pending(leader.MOST_JUDGED)
    assert Artwork.objects.filter(moderation="released").count() == 25
    assert len(statements) <= 16 * 25  # the gallery finds it too
    assert list(invariants.broken()) == []


def test_what_is_due_is_found_by_index(alice):
    """However much is finished: a turn never reads the whole of a table."""
    now = timezone.now()
    done = factories.artwork(alice)
    many = range(3000)
    generations = Generation.objects.bulk_create(
        Generation(
            team=done.team,
            requested_by=alice,
            account=done.generation.account,
            submit_key=f"{number:032x}",
            callback_token=f"token {number}",
            status=Status.DONE,
            unit="integral",
        )
        for number in many
    )
    tasks = ProviderTask.objects.bulk_create(
        ProviderTask(
            generation=generation,
            account=generation.account,
            key=f"key {generation.pk}",
            status="succeeded",
        )
        for generation in generations
    )
    Artwork.objects.bulk_create(
        Artwork(
            task=task,
            generation=task.generation,
            team=done.team,
            requested_by=alice,
            moderation="released",
            stored_at=now,
        )
        for task in tasks
    )
    SubmitRecovery.objects.bulk_create(
        SubmitRecovery(generation=each) for each in generations
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    wujie, mine = catalogue.configured("wujie"), catalogue.of_name("wujie")
    sendable = Generation.objects.due(now).filter(wujie, provider="wujie")
    askable = ProviderTask.objects.due(now).filter(mine, circuit_breaker.askable(now))
    for rows, index in (
        # Of a queue that is empty PostgreSQL takes either.
        (sendable[:4], "generations_to_send|generations_waiting"),
        (Generation.objects.stuck(now), "generations_being_sent"),
        (SubmitRecovery.objects.due(now)[:50], "submit_recoveries_due"),
        (askable[:100], "tasks_to_poll"),
        (Artwork.objects.unstored(now)[:4], "artworks_to_fetch"),
        (Artwork.objects.pending().order_by("pk")[:50], "artworks_to_screen"),
    ):
        assert re.search(index, rows.explain())


def test_the_threads_touch_no_database(wanted, pump_until):
    wanted(pictures=3)
    wanted(provider="jumdata")
    pump_until(lambda: Artwork.objects.exclude(stored_at=None).count() == 4)
    for lane in lanes.lanes():
        together = threading.Barrier(lanes.THREADS)

        def look(together=together):
            together.wait(5)
            return connection.connection

        looks = [leader._executor(lane.name).submit(look) for _ in range(lanes.THREADS)]
        assert [future.result() for future in looks] == [None] * lanes.THREADS


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_a_turn_waits(wanted, pump_until, monkeypatch):
    waits = []
    really = leader.wait

    def wait(*args, **kwargs):
        waits.append(connection.in_atomic_block)
        return really(*args, **kwargs)

    monkeypatch.setattr(leader, "wait", wait)
    wanted()
    pump_until(lambda: Artwork.objects.exclude(stored_at=None).exists())
    assert waits
    assert not any(waits)


def test_slow_sending_does_not_hold_up_asking(
    wanted, reaches, pump_until, held_answers
):
    first = wanted()
    pump_until(first.tasks.exists)
    held_answers("wujie.create")
    others = [wanted(str(number)) for number in range(4)]  # each thread has one
    reaches(others[0], Status.SUBMITTING)
    reaches(first, Status.DONE)
    others[0].refresh_from_db()
    assert others[0].status == Status.SUBMITTING


def test_slow_downloads_hold_up_nothing_else(wanted, reaches, pump_until, held_answers):
    held_answers("cdn.result")
    many = wanted(pictures=4)
    reaches(many, Status.DONE)
    fetching = Artwork.objects.filter(fetch_attempts=1, stored_at=None)
    pump_until(lambda: fetching.count() == 4)  # each thread has one
    reaches(wanted("next"), Status.DONE)
    assert fetching.count() == 4


@pytest.mark.parametrize(
    ("hangs", "goes"), [("wujie", "jumdata"), ("jumdata", "wujie")]
)
def test_a_gateway_that_hangs_holds_up_no_other(
    wanted, reaches, pump_until, sandbox, drawing_lasts, held_answers, hangs, goes
):
    running = [wanted(str(number), provider=hangs) for number in range(4)]
    for generation in running:
        reaches(generation, Status.RUNNING)
    sandbox.switch(draw_seconds=0)
    held_answers(f"{hangs}.*")
    for number in range(4):
        wanted(f"more {number}", provider=hangs)
    sending = Generation.objects.filter(status=Status.SUBMITTING)
    pump_until(lambda: sending.count() == 4)
    reaches(wanted("other", provider=goes), Status.DONE)
    assert sending.count() == 4


def test_what_cannot_be_booked_does_not_stop_the_others(
    wanted, pump_until, monkeypatch
):
    really, broken = archive._book_stored, []

    def book(artwork, outcome):
        if not broken:
            broken.append(artwork.pk)
        if artwork.pk in broken:
            raise RuntimeError("a bug of ours")
        really(artwork, outcome)

    monkeypatch.setattr(archive, "_book_stored", book)
    wanted(pictures=3)
    pump_until(lambda: Artwork.objects.exclude(stored_at=None).count() == 2)
    assert Artwork.objects.get(stored_at=None).pk == broken[0]


def test_a_call_that_breaks_does_not_stop_the_others(wanted, pump_until, monkeypatch):
    really, broken = archive.fetch, []

    def fetch(artwork):
        if not broken:
            broken.append(artwork.pk)
            raise RuntimeError("a bug of ours")
        return really(artwork)

    monkeypatch.setattr(archive, "fetch", fetch)
    wanted(pictures=3)
    pump_until(lambda: Artwork.objects.exclude(stored_at=None).count() == 2)
    assert Artwork.objects.get(stored_at=None).pk == broken[0]


# --- How often it claims


def claims(monkeypatch, found, ended=None):
    """Lanes of which only *poll wujie* has something: so many each time.

    ``ended``: lets the calls end.
    """
    asked, ended = [], ended or threading.Event()

    def claim(most):
        asked.append(most)
        return [number for number, _ in zip(range(found), range(most), strict=False)]

    lane = lanes.Lane(
        "poll wujie", claim, lambda item: ended.wait(60), lambda came: None
    )
    monkeypatch.setattr(leader, "lanes", lambda: [lane])
    return asked


def test_an_empty_lane_is_left_alone_for_a_moment(db, monkeypatch):
    asked, state = claims(monkeypatch, 0), leader.LeaderState()
    leader.turn(state)
    leader.turn(state)
    assert len(asked) == 2  # its moment was over
    state.pause("poll wujie")
    state.paused_until["poll wujie"] += 60
    monkeypatch.setattr(leader, "PAUSE_SECONDS", 0)
    leader.turn(state)
    leader.turn(state)
    assert len(asked) == 2


def test_it_claims_when_half_of_the_threads_are_free(db, monkeypatch):
    monkeypatch.setattr(leader, "PAUSE_SECONDS", 0)
    ended = threading.Event()
    asked, state = claims(monkeypatch, 3, ended), leader.LeaderState()
    for _ in range(3):
        leader.turn(state)
    assert asked == [4]  # three are out: one is free
    ended.set()
    wait(state.calls)
    leader.turn(state)
    leader.turn(state)
    assert asked == [4, 4]


def test_a_lane_that_cannot_claim_does_not_stop_the_others(
    wanted, reaches, monkeypatch
):
    really = lifecycle.claim_queued

    def claim(provider, limit):
        if provider == "wujie":
            raise RuntimeError("a bug of ours")
        return really(provider, limit)

    monkeypatch.setattr(lifecycle, "claim_queued", claim)
    stays = wanted()
    reaches(wanted(provider="jumdata"), Status.DONE)
    stays.refresh_from_db()
    assert stays.status == Status.QUEUED


# --- Landing


def until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It did not come to that"
        time.sleep(0.01)


@pytest.mark.django_db(transaction=True)
def test_what_lands_late_books_itself(wanted, sandbox, held_answers, monkeypatch):
    monkeypatch.setattr(leader, "FINISH_SECONDS", 0.05)
    held_answers("wujie.create")
    generation = wanted()

    def sent():
        pump.run(budget=0.1)
        generation.refresh_from_db()
        return generation.status == Status.SUBMITTING

    until(sent)
    until(lambda: sandbox.state()["jobs"])
    sandbox.finish()
    running = Generation.objects.filter(status=Status.RUNNING)
    until(running.exists)
    until(lambda: not leader._late)
    assert running.get().tasks.count() == 1
    assert sandbox.state()["requests"]["wujie.create"] == 1
    assert list(invariants.broken()) == []


@pytest.mark.django_db(transaction=True)
def test_nothing_is_claimed_behind_calls_that_are_late(
    wanted, sandbox, held_answers, monkeypatch
):
    monkeypatch.setattr(leader, "FINISH_SECONDS", 0.02)
    # A token bucket that is still filling would let the first turn claim three of four.
    monkeypatch.setattr(account_load, "MOST_A_SECOND", 1_000_000.0)
    held_answers("wujie.create")
    for number in range(lanes.THREADS + 3):
        wanted(str(number))
    waiting = Generation.objects.filter(status=Status.QUEUED)

    def lead():  # one after the other, in this process
        pump.run(budget=0.05)
        return waiting.count() <= 3

    until(lead)
    lead()
    lead()
    assert waiting.count() == 3
    sandbox.switch(faults={"wujie.create": None})
    until(lambda: len(sandbox.state()["jobs"]) == lanes.THREADS)
    sandbox.finish()
    until(lambda: not leader._late)

    def has_claimed_all():
        pump.run(budget=0.3)
        return not waiting.exists()

    until(has_claimed_all)
    until(lambda: not leader._late)


def test_a_late_one_that_cannot_be_booked_is_forgotten_all_the_same(monkeypatch):
    monkeypatch.setattr(leader, "FINISH_SECONDS", 0)

    def broken(outcomes):
        raise RuntimeError("a bug of ours")

    lane = lanes.Lane("send wujie", lambda n: [], str, broken)
    future = Future()
    leader.finish(leader.LeaderState({future: (lane, "item")}))
    assert leader._late == {future: "send wujie"}
    thread = threading.Thread(target=future.set_result, args=("outcome",))
    thread.start()
    thread.join(5)
    assert leader._late == {}
