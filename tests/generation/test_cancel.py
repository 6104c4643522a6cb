"""Taking back: here at once, there while it is queued, and never what has begun."""

from collections import Counter

import pytest

from gateways.clients import client
from gateways.providers.errors import Unavailable
from generation import lifecycle
from generation.lifecycle import cancelling
from generation.models import Generation, ProviderTask
from reconciliation import invariants
from spend import ledger
from tests import factories
from wjportal.engine import leader

pytestmark = pytest.mark.both_databases

Status = Generation.Status
TaskStatus = ProviderTask.Status
Cancelled = lifecycle.Cancelled


def purse(kind, unit="integral"):
    return ledger.balances(factories.team(), unit)[kind]


def can_cancel(generation):
    return lifecycle.can_cancel(Generation.objects.get(pk=generation.pk))


@pytest.fixture
def queued_there(wanted, sandbox, pump_until, reaches, drawing_lasts):
    """``queued_there(4)``: at the gateway, where nothing of it is drawn yet."""
    sandbox.switch(channels={"wujie": 1, "jumdata": 1})

    def make(pictures=1):
        reaches(wanted("before"), Status.RUNNING)
        behind = wanted("behind", pictures=pictures)
        reaches(behind, Status.RUNNING)
        waiting = behind.tasks.filter(status=TaskStatus.QUEUED, ahead__isnull=False)
        pump_until(lambda: waiting.count() == pictures)
        return behind

    return make


def test_here_it_is_cancelled_at_once_and_released(wanted, sandbox):
    generation = wanted()
    assert can_cancel(generation)
    assert lifecycle.cancel(generation) == Cancelled.WHOLE
    generation.refresh_from_db()
    assert generation.status == Status.CANCELLED
    assert generation.finished_at is not None
    assert purse("reserved") == 0
    assert lifecycle.claim_queued("wujie", 4) == []
    assert sandbox.state()["jobs"] == []
    assert list(invariants.broken()) == []


def test_cancelling_twice_releases_once(wanted):
    generation = wanted()
    twin = Generation.objects.get(pk=generation.pk)
    assert lifecycle.cancel(generation) == Cancelled.WHOLE
    assert lifecycle.cancel(twin) == Cancelled.ENDED
    assert purse("available") == 10_000
    assert list(invariants.broken()) == []


def test_jumdata_can_be_cancelled_here_too(wanted):
    generation = wanted(provider="jumdata")
    assert lifecycle.cancel(generation) == Cancelled.WHOLE
    assert purse("reserved", "image") == 0


def test_what_is_being_sent_is_not_taken_back(wanted):
    generation = wanted()
    stale = Generation.objects.get(pk=generation.pk)
    lifecycle.claim_queued("wujie", 4)
    assert not can_cancel(generation)
    assert lifecycle.cancel(stale) == Cancelled.SENDING
    generation.refresh_from_db()
    assert generation.status == Status.SUBMITTING
    assert purse("reserved") == 2


def test_there_it_is_let_go_while_it_is_queued(queued_there, sandbox):
    generation = queued_there()
    assert can_cancel(generation)
    assert lifecycle.cancel(generation) == Cancelled.WHOLE
    # The gateway was asked at once what became of it, and of the money.
    assert generation.status == Status.CANCELLED
    assert (generation.tasks.get().cost, purse("spent")) == (0, 0)
    jobs = {job["prompt"]: job["stage"] for job in sandbox.state()["jobs"]}
    assert jobs["behind"] == "cancelled"
    assert list(invariants.broken()) == []


def test_without_that_answer_it_is_not_called_cancelled(queued_there, reaches, sandbox):
    generation = queued_there()
    once = {"kind": "http_500", "times": 1}
    sandbox.switch(faults={"wujie.generating_info": once})
    assert lifecycle.cancel(generation) == Cancelled.ASKED
    assert generation.status == Status.RUNNING
    assert purse("reserved") == 4
    reaches(generation, Status.CANCELLED)
    assert list(invariants.broken()) == []


def test_all_pictures_of_it_are_let_go(queued_there):
    generation = queued_there(3)
    assert lifecycle.cancel(generation) == Cancelled.WHOLE
    assert {task.status for task in generation.tasks.all()} == {TaskStatus.CANCELLED}
    assert list(invariants.broken()) == []


def test_its_calls_go_at_once_and_the_pump_makes_up_for_them(queued_there, sandbox):
    behind = queued_there(pictures=3)
    state = leader.LeaderState()
    state.read_allowances()
    bucket = state.buckets["wujie"]
    bucket._at -= 1
    tokens = bucket.left()
    before = Counter(sandbox.state()["requests"])
    lifecycle.cancel(behind)
    asked = Counter(sandbox.state()["requests"]) - before
    assert (asked["wujie.cancel"], asked["wujie.generating_info"]) == (3, 1)
    state.read_allowances_at = 0.0
    state.read_allowances()
    assert bucket._tokens == pytest.approx(tokens - 4, abs=1)


@pytest.mark.usefixtures("drawing_lasts")
def test_of_some_begun_only_the_others_are_let_go(wanted, reaches, sandbox):
    """We believe them all queued; 20110011 says of one that it is not."""
    sandbox.switch(channels={"wujie": 1, "jumdata": 1})
    generation = wanted(pictures=3)
    reaches(generation, Status.RUNNING)
    generation.tasks.update(status=TaskStatus.QUEUED)
    assert lifecycle.cancel(generation) == Cancelled.PARTLY
    sandbox.finish()
    reaches(generation, Status.DONE)
    cancelled = generation.tasks.filter(status=TaskStatus.CANCELLED)
    assert cancelled.count() == 2
    assert (purse("spent"), purse("reserved")) == (2, 0)
    assert list(invariants.broken()) == []


@pytest.mark.usefixtures("drawing_lasts")
def test_too_late_is_no_and_it_goes_on(wanted, reaches, sandbox):
    generation = wanted()
    reaches(generation, Status.RUNNING)
    # We believe it queued, while the gateway has begun to draw.
    generation.tasks.update(status=TaskStatus.QUEUED)
    assert lifecycle.cancel(generation) == Cancelled.BEGUN
    assert generation.tasks.get().status == TaskStatus.DRAWING
    sandbox.finish()
    reaches(generation, Status.DONE)
    assert (purse("spent"), purse("reserved")) == (2, 0)
    assert list(invariants.broken()) == []


@pytest.mark.usefixtures("drawing_lasts")
def test_what_has_just_ended_is_told_and_booked(wanted, sandbox):
    generation = wanted()
    claim = lifecycle.claim_queued("wujie", 1)[0]
    lifecycle.book_sent(claim, lifecycle.send(claim))
    generation.refresh_from_db()
    sandbox.finish()
    assert lifecycle.cancel(generation) == Cancelled.ENDED
    assert (generation.status, purse("spent")) == (Status.DONE, 2)


@pytest.mark.parametrize("code", ["20110009", "20110011"])
def test_a_no_while_it_still_waits_there_is_told(queued_there, sandbox, code):
    generation = queued_there()
    sandbox.switch(faults={"wujie.cancel": {"kind": "code", "code": code}})
    assert lifecycle.cancel(generation) == Cancelled.KEPT
    assert (generation.status, can_cancel(generation)) == (Status.RUNNING, True)


def test_a_lost_answer_is_asked_after(queued_there, sandbox):
    generation = queued_there()
    sandbox.switch(faults={"wujie.cancel": {"kind": "drop"}})
    assert lifecycle.cancel(generation) == Cancelled.WHOLE
    assert purse("reserved") == 2  # of what is drawn before it
    assert list(invariants.broken()) == []


@pytest.mark.usefixtures("drawing_lasts")
def test_what_is_drawn_already_is_not_offered(wanted, reaches, pump_until, sandbox):
    generation = wanted()
    reaches(generation, Status.RUNNING)
    drawing = generation.tasks.filter(status=TaskStatus.DRAWING)
    pump_until(drawing.exists)
    assert not can_cancel(generation)
    assert lifecycle.cancel(generation) == Cancelled.BEGUN
    assert sandbox.state()["requests"].get("wujie.cancel", 0) == 0


def test_jumdata_does_not_let_go(alice):
    generation = factories.generation(alice, provider="jumdata", status=Status.RUNNING)
    factories.task(generation)
    assert not can_cancel(generation)
    assert lifecycle.cancel(generation) == Cancelled.BEGUN


@pytest.mark.parametrize("status", Generation.TERMINAL)
def test_what_has_ended_stays(alice, status):
    generation = factories.generation(alice, status=status, reserved=0)
    assert not can_cancel(generation)
    assert lifecycle.cancel(generation) == Cancelled.ENDED


def test_an_operation_that_is_gone_is_not_cancelled_there(alice):
    fields = {"status": Status.RUNNING, "operation": "gone"}
    generation = factories.generation(alice, **fields)
    factories.task(generation)
    assert not can_cancel(generation)


def test_a_key_of_another_account_is_told_to_nobody(alice, settings):
    generation = factories.generation(alice, status=Status.RUNNING)
    factories.task(generation)
    assert can_cancel(generation)
    settings.GATEWAYS = {"wujie": {**settings.GATEWAYS["wujie"], "app_id": "real"}}
    assert not can_cancel(generation)
    settings.GATEWAYS = {}
    assert lifecycle.cancel(generation) == Cancelled.BEGUN


def test_a_gateway_that_is_away_is_asked_once(alice, monkeypatch):
    generation = factories.generation(alice, status=Status.RUNNING, pictures=5)
    for _ in range(5):
        factories.task(generation)
    asked = []

    def away(key):
        asked.append(key)
        raise Unavailable("not here")

    monkeypatch.setattr(client("wujie"), "cancel", away)
    assert lifecycle.cancel(generation) == Cancelled.UNHEARD
    assert len(asked) == 1
    assert generation.tasks.filter(poll_after__isnull=False).count() == 5


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_gateway_is_asked(alice, monkeypatch):
    generation = factories.generation(alice, status=Status.RUNNING)
    factories.task(generation)
    open_ones = []
    monkeypatch.setattr(
        client("wujie"),
        "cancel",
        lambda key: open_ones.append(
            cancelling.transaction.get_connection().in_atomic_block
        ),
    )
    monkeypatch.setattr(
        client("wujie"),
        "poll",
        lambda keys, *_, **__: open_ones.append(
            cancelling.transaction.get_connection().in_atomic_block
        ),
    )
    lifecycle.cancel(generation)
    assert open_ones == [False, False]
