"""The paid call: once at most, and each of its outcomes booked."""

import datetime

import pytest
from django.db.models import Sum
from django.utils import timezone

from gateways import gateway_messages
from gateways.models import GatewayAccount
from gateways.providers.base import Submitted, SubmittedTask
from gateways.providers.errors import Refused, Unavailable, Unknown
from gateways.providers.faults import Fault
from gateways.providers.http import Timeouts
from gateways.providers.wujie.client import Wujie
from generation import lifecycle
from generation.lifecycle import sending
from generation.models import Generation, ProviderTask
from reconciliation import invariants
from spend import ledger
from spend.models import Transfer
from spend.units import Unit
from tests import factories
from wjportal.engine import leader

pytestmark = pytest.mark.both_databases

Status = Generation.Status
HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def purse(db):
    return lambda kind, unit="integral": ledger.balances(factories.team(), unit)[kind]


@pytest.fixture
def paid(sandbox):
    """By the sandbox's own book: how many requests came, how many jobs it made."""

    def count():
        state = sandbox.state()
        requests = state["requests"]
        calls = requests.get("wujie.create", 0) + requests.get("jumdata.submit", 0)
        return calls, len({job["batch"] for job in state["jobs"]})

    return count


def claimed(generation):
    (claim,) = lifecycle.claim_queued(generation.account.provider, 4)
    assert claim.generation == generation
    return claim


def sent(generation):
    """Claim, call and book, once."""
    claim = claimed(generation)
    outcome = lifecycle.send(claim)
    lifecycle.book_sent(claim, outcome)
    generation.refresh_from_db()
    return outcome


def answered(generation, outcome):
    """Book an outcome laid out by hand."""
    claim = claimed(generation)
    lifecycle.book_sent(claim, outcome)
    generation.refresh_from_db()
    return claim


def moved_back(generation, **fields):
    Generation.objects.filter(pk=generation.pk).update(**fields)
    generation.refresh_from_db()


# --- Accepted


@pytest.mark.parametrize(("provider", "tasks"), [("wujie", 3), ("jumdata", 1)])
def test_accepted_is_running_with_its_tasks(wanted, purse, provider, tasks):
    generation = wanted(pictures=3, provider=provider)
    sent(generation)
    assert generation.status == Status.RUNNING
    assert generation.submitted_at is not None
    made = generation.tasks.order_by("position")
    assert [task.position for task in made] == list(range(tasks))
    assert all(task.key and task.poll_after for task in made)
    assert sum(task.reserved for task in made) == generation.reserved
    assert purse("reserved", generation.unit) == generation.reserved
    assert list(invariants.broken()) == []


@pytest.mark.parametrize(("total", "parts"), [(7, 3), (2, 5), (0, 2), (100, 1)])
def test_shares_add_up_and_differ_by_one_at_most(total, parts):
    shares = sending.shares_of(total, parts)
    assert sum(shares) == total
    assert len(shares) == parts
    assert max(shares) - min(shares) <= 1


@pytest.mark.parametrize(("reserved", "kind"), [(1, "reserve_more"), (9, "release")])
def test_the_reservation_follows_the_expected_cost(wanted, purse, reserved, kind):
    generation = wanted(reserved=reserved)
    outcome = sent(generation)
    assert outcome.expected_cost == generation.reserved == purse("reserved") == 2
    assert Transfer.objects.get(kind=kind).amount == abs(reserved - 2)
    assert list(invariants.broken()) == []


def test_without_an_expected_cost_the_quote_stands(wanted, purse):
    tasks = (SubmittedTask("A" * 32), SubmittedTask("B" * 32))
    generation = wanted(pictures=2, reserved=5)
    answered(generation, Submitted(tasks, None, Unit.INTEGRAL, {}))
    assert generation.reserved == purse("reserved") == 5
    assert generation.tasks.aggregate(all=Sum("reserved"))["all"] == 5


def test_the_callback_address_goes_along_where_there_is_one(wanted, sandbox, settings):
    settings.PUBLIC_URL = "http://127.0.0.1:1"
    generation = wanted()
    sent(generation)
    (job,) = sandbox.state()["jobs"]
    assert job["notify_url"].endswith(f"/callbacks/{generation.callback_token}/")


# --- Refused: never again, nothing paid


@pytest.mark.parametrize(
    ("provider", "code"), [("wujie", "20110001"), ("jumdata", "202")]
)
def test_a_refusal_is_told_and_released(wanted, reaches, purse, provider, code):
    generation = wanted("forbidden 违禁词", provider=provider)
    reaches(generation, Status.REFUSED)
    assert generation.failure_code == code
    assert generation.failure_message
    assert code in generation.answer
    assert purse("reserved", generation.unit) == 0
    assert purse("spent", generation.unit) == 0
    assert not generation.tasks.exists()
    assert list(invariants.broken()) == []


def test_a_refused_one_is_not_sent_again(wanted, reaches, paid):
    reaches(wanted("forbidden"), Status.REFUSED)
    assert lifecycle.claim_queued("wujie", 4) == []
    assert paid() == (1, 0)


# --- Unavailable: nothing happened there


def test_a_lost_race_at_the_gateway_is_tried_again(wanted, reaches, sandbox, paid):
    fault = {"kind": "code", "code": "20010018", "times": 1}
    sandbox.switch(faults={"wujie.create": fault})
    generation = wanted()
    before = timezone.now()
    assert isinstance(sent(generation), Unavailable)
    assert generation.status == Status.QUEUED
    latest = timezone.now() + datetime.timedelta(seconds=2)
    assert before < generation.send_after < latest
    moved_back(generation, send_after=timezone.now())
    reaches(generation, Status.DONE)
    assert (generation.attempts, generation.failure_message) == (2, "")
    assert paid() == (2, 1)
    assert list(invariants.broken()) == []


def test_retry_after_is_honoured(wanted, sandbox):
    fault = {"kind": "http_500", "status": 503, "seconds": 40, "times": 1}
    sandbox.switch(faults={"wujie.create": fault})
    generation = wanted()
    before = timezone.now()
    sent(generation)
    wait = (generation.send_after - before).total_seconds()
    assert 40 <= wait <= 60


@pytest.mark.usefixtures("still_clock")
@pytest.mark.parametrize("seconds", [1e300, 1e9, 0.0])
def test_no_retry_after_is_obeyed_without_measure(wanted, seconds):
    generation = wanted()
    answered(generation, Unavailable("busy", retry_after=seconds))
    wait = (generation.send_after - timezone.now()).total_seconds()
    assert generation.status == Status.QUEUED
    assert 0.5 < wait < 1500


@pytest.mark.usefixtures("still_clock")
def test_waits_grow_and_are_bounded(wanted):
    generation, waits = wanted(), []
    for _ in range(9):
        moved_back(generation, send_after=timezone.now())
        answered(generation, Unavailable("busy"))
        waits.append((generation.send_after - timezone.now()).total_seconds())
    assert waits[0] < 3 < waits[3] < waits[5]
    assert max(waits) <= 84


def test_after_an_hour_it_gives_up_and_releases(wanted, purse):
    generation = wanted()
    moved_back(generation, unsent_since=timezone.now() - HOUR)
    answered(generation, Unavailable("closed for repairs", code="500"))
    assert generation.status == Status.FAILED
    assert generation.failure_message == "closed for repairs"
    assert purse("reserved") == 0
    assert list(invariants.broken()) == []


def test_a_gateway_that_is_not_there_is_waited_for(wanted, monkeypatch, settings):
    options = {**settings.GATEWAYS["wujie"], "base_url": "http://127.0.0.1:9/none"}
    unreachable = Wujie(**options)
    monkeypatch.setattr(sending, "client_of", lambda account: unreachable)
    generation = wanted()
    assert isinstance(sent(generation), Unavailable)
    unreachable.close()
    assert generation.status == Status.QUEUED
    assert generation.failure_code == "unreachable"
    assert generation.failure_message.startswith("ConnectError")


@pytest.mark.parametrize("provider", ["wujie", "jumdata"])
def test_wrong_credentials_are_told_and_it_waits(wanted, sandbox, provider, reaches):
    sandbox.switch(auth_window_seconds=0)
    generation = wanted(provider=provider)
    sent(generation)
    account = GatewayAccount.objects.get(provider=provider)
    assert account.health.trouble_code == "unauthorized"
    assert account.health.trouble_at is not None
    assert generation.status == Status.QUEUED
    sandbox.switch(auth_window_seconds=None)
    moved_back(generation, send_after=timezone.now())
    reaches(generation, Status.DONE)
    account.refresh_from_db()
    assert (account.health.trouble, account.health.trouble_at) == ("", None)


# --- Unknown: it may have been paid

LOST = [
    ({"kind": "drop"}, 1),
    ({"kind": "drop_before"}, 0),
    ({"kind": "late_answer", "seconds": 1.5}, 1),
    ({"kind": "html", "works": True}, 1),
    ({"kind": "http_500"}, 0),
    ({"kind": "http_500", "works": True}, 1),
    ({"kind": "truncated"}, 1),
    ({"kind": "half_json"}, 1),
    ({"kind": "empty"}, 1),
    ({"kind": "not_json"}, 1),
    ({"kind": "missing_fields"}, 1),
    ({"kind": "huge", "megabytes": 5}, 1),
]


@pytest.mark.cases_of_the_wire
@pytest.mark.parametrize("provider", ["wujie", "jumdata"])
@pytest.mark.parametrize(
    ("fault", "jobs"), LOST, ids=[f"{f['kind']}-{jobs}" for f, jobs in LOST]
)
def test_a_lost_answer_is_never_sent_again(
    wanted, reaches, pump_until, sandbox, impatient, purse, paid, provider, fault, jobs
):
    endpoint = "wujie.create" if provider == "wujie" else "jumdata.submit"
    sandbox.switch(faults={endpoint: fault})
    generation = wanted(provider=provider)
    reaches(generation, Status.UNCERTAIN)
    assert gateway_messages.meaning(provider, generation.failure_code) or "500" in (
        generation.failure_code
    )
    sandbox.switch(faults={endpoint: None})
    other = wanted("another", provider=provider)
    reaches(other, Status.DONE)  # the pump goes on, past many turns
    if provider == "wujie" and jobs:
        reaches(generation, Status.DONE)  # found in the gateway's history
        assert purse("reserved") == 0
    else:
        generation.refresh_from_db()
        assert generation.status == Status.UNCERTAIN
        assert purse("reserved", generation.unit) == generation.reserved > 0
    assert paid() == (2, jobs + 1)
    assert list(invariants.broken()) == []


def test_the_lost_answer_is_kept_as_evidence(wanted, sandbox):
    sandbox.switch(faults={"wujie.create": {"kind": "html", "works": True}})
    generation = wanted()
    assert isinstance(sent(generation), Unknown)
    assert "502 Bad Gateway" in generation.answer


def test_a_call_that_breaks_is_not_tried_again(wanted, monkeypatch):
    def broken(account):
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr(sending, "client_of", broken)
    generation = wanted()
    assert isinstance(sent(generation), Unknown)
    assert generation.status == Status.UNCERTAIN
    assert "a bug of ours" in generation.failure_message


def test_a_process_killed_while_sending_leaves_it_uncertain(wanted, purse, paid):
    generation = wanted()
    claimed(generation)  # and nothing comes after it
    assert lifecycle.sweep_stuck() == 0  # it may still be at it
    long_ago = timezone.now() - Generation.STUCK_AFTER - datetime.timedelta(seconds=1)
    moved_back(generation, submitting_at=long_ago)
    assert lifecycle.sweep_stuck() == 1
    generation.refresh_from_db()
    assert generation.status == Status.UNCERTAIN
    assert lifecycle.claim_queued("wujie", 4) == []
    assert purse("reserved") == 2
    assert paid() == (0, 0)


def test_no_call_lasts_until_the_sweep():
    longest = 2 * Timeouts().submit
    assert longest * 1.5 < Generation.STUCK_AFTER.total_seconds()


def swept(generation):
    claim = claimed(generation)
    long_ago = timezone.now() - datetime.timedelta(hours=1)
    moved_back(generation, submitting_at=long_ago)
    assert lifecycle.sweep_stuck() == 1
    return claim


def test_an_answer_after_the_sweep_is_still_booked(wanted, reaches, purse, paid):
    generation = wanted()
    claim = swept(generation)
    lifecycle.book_sent(claim, lifecycle.send(claim))
    reaches(generation, Status.DONE)
    assert paid() == (1, 1)
    assert (purse("reserved"), purse("spent")) == (0, 2)
    assert list(invariants.broken()) == []


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Refused("no", code="20110001"), Status.REFUSED),
        (Unavailable("not now"), Status.QUEUED),
        (Unknown("lost", code=Fault.LOST), Status.UNCERTAIN),
    ],
)
def test_whatever_comes_after_the_sweep_is_believed(wanted, outcome, status):
    generation = wanted()
    claim = swept(generation)
    lifecycle.book_sent(claim, outcome)
    generation.refresh_from_db()
    assert generation.status == status
    assert list(invariants.broken()) == []


def test_an_answer_is_booked_once(wanted):
    generation = wanted()
    claim = claimed(generation)
    outcome = lifecycle.send(claim)
    for late in (outcome, outcome, Refused("no"), Unknown("lost")):
        lifecycle.book_sent(claim, late)
    generation.refresh_from_db()
    assert generation.status == Status.RUNNING
    assert generation.tasks.count() == 1
    assert list(invariants.broken()) == []


# --- What cannot be booked


def test_a_key_of_another_generation_is_for_a_person(wanted, purse):
    first, second = wanted(), wanted()
    (one, two) = lifecycle.claim_queued("wujie", 4)
    outcome = lifecycle.send(one)
    lifecycle.book_sent(one, outcome)
    lifecycle.book_sent(two, outcome)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == (Status.RUNNING, Status.UNCERTAIN)
    assert outcome.tasks[0].key in second.answer
    assert second.reserved == 2
    assert ProviderTask.objects.count() == 1
    assert purse("reserved") == 4
    assert list(invariants.broken()) == []


def test_an_acceptance_that_cannot_be_booked_keeps_its_keys(wanted):
    generation = wanted()
    Generation.objects.filter(pk=generation.pk).update(reserved=1_000_000)
    task = SubmittedTask("C" * 32)
    outcome = Submitted((task,), 2, Unit.INTEGRAL, {"keys": [task.key]})
    answered(generation, outcome)  # releases more than was reserved: Overdrawn
    assert generation.status == Status.UNCERTAIN
    assert task.key in generation.answer
    assert not generation.tasks.exists()


# --- Claiming


def test_of_two_who_claim_one_gets_it(wanted):
    generation = wanted()
    first = Generation.objects.get(pk=generation.pk)
    second = Generation.objects.get(pk=generation.pk)
    assert first.advance(Status.SUBMITTING)
    assert not second.advance(Status.SUBMITTING)


def test_it_takes_them_in_turn_and_no_more_than_asked(wanted):
    made = [wanted(str(number), turn=1) for number in range(5)]
    moved_back(made[4], turn=0)
    moved_back(made[0], send_after=timezone.now() + HOUR)
    claims = lifecycle.claim_queued("wujie", 2)
    assert [claim.generation for claim in claims] == [made[4], made[1]]


def test_each_gateway_has_its_own_queue(wanted):
    drawing = wanted(provider="jumdata")
    wanted()
    claims = lifecycle.claim_queued("jumdata", 4)
    assert [claim.generation for claim in claims] == [drawing]


def test_an_operation_that_is_gone_fails_and_releases(wanted, purse):
    generation = wanted(operation="wujie-dance")
    assert lifecycle.claim_queued("wujie", 4) == []
    generation.refresh_from_db()
    assert generation.status == Status.FAILED
    assert "wujie-dance" in generation.failure_message
    assert purse("reserved") == 0
    assert list(invariants.broken()) == []


def test_a_row_that_cannot_be_claimed_does_not_stop_the_others(wanted):
    before, broken, after = wanted("1"), wanted("2"), wanted("3")
    # Its end cannot be booked: more to release than was ever reserved.
    moved_back(broken, operation="gone", reserved=1_000_000)
    claims = lifecycle.claim_queued("wujie", 4)
    assert [claim.generation for claim in claims] == [before, after]


def test_what_was_asked_for_at_the_sandbox_is_never_sent_elsewhere(wanted, settings):
    generation = wanted()
    real = {**settings.GATEWAYS["wujie"], "app_id": "real-account"}
    settings.GATEWAYS = {"wujie": real}
    assert lifecycle.claim_queued("wujie", 4) == []
    generation.refresh_from_db()
    assert generation.status == Status.QUEUED


def test_many_are_sent_in_few_turns(wanted, pump_until, monkeypatch):
    turns, really = [], leader.turn
    monkeypatch.setattr(leader, "turn", lambda state: turns.append(really(state)))
    made = [wanted(str(number)) for number in range(20)]
    keys = [generation.pk for generation in made]
    waiting = Generation.objects.filter(pk__in=keys, status=Status.QUEUED)
    pump_until(lambda: not waiting.exists())
    assert len(turns) < 100
