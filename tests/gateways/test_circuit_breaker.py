"""The breaker, and what a gateway asks us to wait: the same for all processes."""

import datetime

import pytest
from django.utils import timezone

from gateways import catalogue, circuit_breaker
from gateways.models import AccountHealth, GatewayAccount
from gateways.providers.base import State, TaskUpdate
from gateways.providers.errors import Refused, Unauthorized, Unavailable, Unknown
from gateways.providers.faults import Fault
from generation import lifecycle
from generation.models import Generation, ProviderTask
from reconciliation import invariants
from tests import factories
from tests.engine import at_once

pytestmark = pytest.mark.both_databases

Status = Generation.Status
LOST = Unknown("no answer", code=Fault.LOST)
AWAY = Unavailable("no connection", code=Fault.UNREACHABLE)


@pytest.fixture
def account(db):
    return factories.account("wujie")


@pytest.fixture
def running(alice):
    def make(**fields):
        generation = factories.generation(alice, status=Status.RUNNING)
        values = {"poll_after": timezone.now()} | fields
        return factories.task(generation, **values)

    return make


def now_of(account):
    account.refresh_from_db()
    return account


def silent(account, times=circuit_breaker.SILENCES_TO_OPEN, error=AWAY):
    for _ in range(times):
        circuit_breaker.failed(now_of(account), error)
    return now_of(account)


def opened(account, **fields):
    """Its breaker is open, and its time is up."""
    silent(account)
    past = timezone.now() - datetime.timedelta(seconds=1)
    AccountHealth.objects.filter(account=account).update(quiet_until=past, **fields)
    return now_of(account)


def seconds_left(account):
    return (now_of(account).health.quiet_until - timezone.now()).total_seconds()


# --- Open


@pytest.mark.usefixtures("still_clock")
@pytest.mark.parametrize(
    "error",
    [
        AWAY,
        LOST,
        Unavailable("502", code="502"),
        Unavailable("html", code=Fault.UNEXPLAINED),
        Unauthorized("who are you", code="401"),
    ],
)
def test_so_many_silences_in_a_row_open_it(account, error):
    silent(account, circuit_breaker.SILENCES_TO_OPEN - 1, error)
    assert account.health.tripped_at is None
    assert account.is_free(timezone.now())
    silent(account, 1, error)
    assert account.health.tripped_at is not None
    assert not account.is_free(timezone.now())
    assert 3.5 < seconds_left(account) <= 5


def test_a_code_of_the_gateway_itself_is_silence_there_alone(account):
    timed_out = Unknown("timed out inside", code="610")
    theirs = factories.account("jumdata")
    for _ in range(circuit_breaker.SILENCES_TO_OPEN):
        circuit_breaker.failed(now_of(account), timed_out)
        circuit_breaker.failed(now_of(theirs), timed_out)
    assert now_of(theirs).health.tripped_at is not None
    assert now_of(account).health.tripped_at is None


@pytest.mark.parametrize(
    "answer",
    [
        lambda row: circuit_breaker.answered(row),
        lambda row: circuit_breaker.failed(row, Unavailable("race", code="20010018")),
    ],
)
def test_an_answer_between_begins_the_count_anew(account, answer):
    silent(account, circuit_breaker.SILENCES_TO_OPEN - 1)
    answer(now_of(account))
    silent(account, circuit_breaker.SILENCES_TO_OPEN - 1)
    assert account.health.tripped_at is None


@pytest.mark.parametrize(
    "error",
    [
        Unavailable("race", code="20010018"),
        Unavailable("translator", code="20110000"),
        Unknown("our mistake", code=Fault.BROKEN),
        Unknown("no key", code=Fault.NO_KEY),
    ],
)
def test_what_is_no_silence_opens_nothing(account, error):
    silent(account, 3 * circuit_breaker.SILENCES_TO_OPEN, error)
    assert account.health.tripped_at is None


def test_while_it_is_open_nothing_is_sent_or_asked(account, wanted, running):
    wanted()
    running()
    silent(account)
    for claim in (lifecycle.claim_queued, lifecycle.claim_polls):
        assert claim("wujie", 4) == []
    assert lifecycle.claim_recoveries("wujie", 4) == []


def test_another_gateway_is_not_concerned(account, wanted):
    wanted(provider="jumdata")
    silent(account)
    assert len(lifecycle.claim_queued("jumdata", 4)) == 1


@pytest.mark.usefixtures("still_clock")
def test_it_opens_for_twice_as_long_up_to_the_most(account):
    waits = []
    opened(account)
    for _ in range(8):
        assert circuit_breaker.take_probe(account, timezone.now(), is_paid=False)
        circuit_breaker.failed(account, AWAY)
        waits.append(seconds_left(account))
    first, most = circuit_breaker.OPEN_SECONDS
    for index, wait in enumerate(waits):
        whole = min(first * 2 ** (index + 1), most)
        assert 0.75 * whole < wait <= whole
    assert account.health.trips == 9
    since = account.health.tripped_at
    assert since <= timezone.now()


def test_calls_of_before_change_nothing_once_it_is_open(account):
    before = GatewayAccount.objects.get(pk=account.pk)
    silent(account)
    until, trips = account.health.quiet_until, account.health.trips
    for _ in range(10):
        circuit_breaker.failed(before, LOST)
    now_of(account)
    assert (account.health.quiet_until, account.health.trips) == (until, trips)


@pytest.mark.usefixtures("still_clock")
@pytest.mark.django_db(transaction=True)
def test_failures_of_many_threads_open_it_once():
    account = factories.account("wujie")
    at_once(lambda _: circuit_breaker.failed(account, AWAY), threads=8)
    now_of(account)
    assert (account.health.trips, account.health.tripped_at is None) == (1, False)
    assert seconds_left(account) <= 5


# --- One probe


def test_one_look_finds_out(account, running, wanted):
    wanted()
    tasks = [running() for _ in range(60)]
    opened(account)
    assert lifecycle.claim_queued("wujie", 4) == []  # looking costs nothing
    (asked,) = lifecycle.claim_polls("wujie", 4)
    assert len(asked.tasks) == 25
    assert lifecycle.claim_polls("wujie", 4) == []
    told = [TaskUpdate(task.key, State.DRAWING, percent=1.0) for task in asked.tasks]
    lifecycle.book_poll(asked, told)
    now_of(account)
    health = account.health
    assert (health.tripped_at, health.quiet_until, health.trips) == (None, None, 0)
    assert len(lifecycle.claim_polls("wujie", 4)) > 1
    assert len(lifecycle.claim_queued("wujie", 4)) == 1
    assert len(tasks) == 60


def test_one_look_that_is_not_answered_keeps_it_open(account, running):
    running()
    opened(account)
    (asked,) = lifecycle.claim_polls("wujie", 4)
    lifecycle.book_poll(asked, AWAY)
    ProviderTask.objects.update(poll_after=timezone.now())
    assert lifecycle.claim_polls("wujie", 4) == []
    assert now_of(account).health.trips == 2


def test_where_nothing_is_to_be_asked_one_is_sent(account, wanted, sandbox):
    made = [wanted(str(number)) for number in range(3)]
    opened(account)
    (claim,) = lifecycle.claim_queued("wujie", 4)
    assert claim.generation == made[0]
    assert lifecycle.claim_queued("wujie", 4) == []
    lifecycle.book_sent(claim, lifecycle.send(claim))
    assert now_of(account).health.tripped_at is None
    assert len(lifecycle.claim_queued("wujie", 4)) == 2


def test_a_refusal_is_an_answer(account, wanted):
    wanted()
    opened(account)
    (claim,) = lifecycle.claim_queued("wujie", 4)
    lifecycle.book_sent(claim, Refused("no", code="20110001"))
    assert now_of(account).health.tripped_at is None


def test_no_integrals_left_is_an_answer(account, wanted):
    """Paused it is, but it speaks: what is there is asked after at once."""
    wanted()
    opened(account)
    (claim,) = lifecycle.claim_queued("wujie", 4)
    lifecycle.book_sent(claim, Refused("empty", code="20110010"))
    assert now_of(account).health.sending == AccountHealth.Sending.PAUSED
    assert (account.health.tripped_at, account.health.quiet_until) == (None, None)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["claim_queued", "claim_polls"])
def test_of_many_leaders_one_probes(way, wanted, running):
    account = factories.account("wujie")
    if way == "claim_polls":
        for _ in range(3):
            running()
    for number in range(6):
        wanted(str(number))
    opened(account)
    claim = getattr(lifecycle, way)
    got = at_once(lambda _: len(claim("wujie", 4)), threads=8)
    assert sorted(got) == [0] * 7 + [1]


@pytest.mark.usefixtures("still_clock")
def test_a_probe_that_died_is_made_good(account, wanted):
    wanted()
    wanted("next")
    opened(account)
    assert len(lifecycle.claim_queued("wujie", 4)) == 1  # and nothing comes after it
    assert seconds_left(account) > 60
    past = timezone.now() - datetime.timedelta(seconds=1)
    AccountHealth.objects.update(quiet_until=past)
    assert len(lifecycle.claim_queued("wujie", 4)) == 1


def test_a_probe_with_nothing_to_try_is_given_back(account, wanted):
    wanted(operation="gone")
    after = wanted()
    opened(account)
    assert lifecycle.claim_queued("wujie", 4) == []
    assert [c.generation for c in lifecycle.claim_queued("wujie", 4)] == [after]


def test_where_nothing_is_to_be_done_its_balance_will_do(account, sandbox):
    opened(account)
    catalogue.refresh()
    assert now_of(account).health.tripped_at is not None  # somebody may be about to try
    past = timezone.now() - 2 * circuit_breaker.UNPROBED_AFTER
    AccountHealth.objects.update(quiet_until=past)
    catalogue.refresh()
    assert now_of(account).health.tripped_at is None


def test_a_gateway_that_is_gone_for_a_moment_loses_nothing(
    wanted, sandbox, pump_until, monkeypatch
):
    """The real wire: connections end, the breaker opens, and it all comes back."""
    monkeypatch.setattr(circuit_breaker, "OPEN_SECONDS", (0.3, 0.5))
    sandbox.switch(
        faults={"wujie.*": {"kind": "http_500", "status": 503, "works": False}}
    )
    made = [wanted(str(number)) for number in range(4)]
    tripped = AccountHealth.objects.exclude(tripped_at=None)
    # Some calls may still be in the air when the breaker opens.
    alive = (Status.QUEUED, Status.SUBMITTING, Status.UNCERTAIN)
    waiting = Generation.objects.filter(status__in=alive)

    def is_open():
        Generation.objects.filter(status=Status.QUEUED).update(
            send_after=timezone.now()
        )
        return tripped.exists()

    pump_until(is_open)
    assert waiting.count() == len(made)
    sandbox.switch(faults={"wujie.*": None})
    later = wanted("after the storm")
    pump_until(lambda: not tripped.exists())

    def is_done():
        later.refresh_from_db()
        return later.status == Status.DONE

    pump_until(is_done)
    assert list(invariants.broken()) == []


# --- Left alone for as long as it says


@pytest.mark.usefixtures("still_clock")
@pytest.mark.parametrize("seconds", [40.0, 1e300])
def test_what_it_asks_for_counts_for_everything(account, wanted, running, seconds):
    wanted()
    wanted("next")
    running()
    (claim,) = lifecycle.claim_queued("wujie", 1)
    lifecycle.book_sent(claim, Unavailable("busy", code="503", retry_after=seconds))
    assert seconds_left(account) == pytest.approx(min(seconds, 900), abs=1)
    assert lifecycle.claim_queued("wujie", 4) == []
    assert lifecycle.claim_polls("wujie", 4) == []
    assert now_of(account).health.tripped_at is None


@pytest.mark.usefixtures("still_clock")
def test_a_look_that_is_told_to_wait_holds_up_sending(account, wanted, running):
    wanted()
    running()
    (asked,) = lifecycle.claim_polls("wujie", 4)
    lifecycle.book_poll(asked, Unavailable("busy", code="609", retry_after=7.0))
    assert lifecycle.claim_queued("wujie", 4) == []
    assert 6 < seconds_left(account) <= 7


@pytest.mark.usefixtures("still_clock")
def test_a_shorter_wait_does_not_undo_a_longer_one(account):
    for seconds in (50.0, 5.0):
        circuit_breaker.failed(account, Unavailable("busy", retry_after=seconds))
    assert seconds_left(account) > 45


@pytest.mark.usefixtures("still_clock")
def test_too_often_is_heard_over_the_wire(wanted, sandbox):
    sandbox.switch(faults={"jumdata.submit": {"kind": "code", "code": 609, "times": 1}})
    wanted(provider="jumdata")
    (claim,) = lifecycle.claim_queued("jumdata", 4)
    lifecycle.book_sent(claim, lifecycle.send(claim))
    account = factories.account("jumdata")
    assert 1 < seconds_left(account) <= 3
    claim.generation.refresh_from_db()
    assert claim.generation.status == Status.QUEUED
