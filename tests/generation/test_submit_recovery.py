"""A lost answer is found again at the gateway, or left to a person."""

import datetime
import json

import pytest
from django.utils import timezone

from gateways.clients import client
from gateways.models import AccountHealth, GatewayAccount
from gateways.providers.base import Fingerprint, Trace
from gateways.providers.errors import Refused, Unavailable, Unknown
from gateways.providers.faults import Fault
from generation import lifecycle, tasks
from generation.lifecycle.intervals import GrowingInterval
from generation.lifecycle.submit_recovery import searching
from generation.models import (
    Callback,
    Generation,
    ProviderTask,
    SubmitRecovery,
    UnmatchedKey,
)
from reconciliation import invariants
from spend import ledger
from tests import factories
from wjportal.engine import lanes

pytestmark = pytest.mark.both_databases

Status = Generation.Status
MINUTE = datetime.timedelta(minutes=1)
DROP = {"kind": "drop"}
LATE = {"kind": "late_answer", "seconds": 1.5}


@pytest.fixture(autouse=True)
def short_steps(monkeypatch):
    monkeypatch.setattr(searching, "SEARCH", GrowingInterval(0.5, 0.05, 0.1))


@pytest.fixture
def lost(wanted, sandbox):
    """``lost("a prompt")``: sent and made there; the answer never came."""

    def lose(prompt="山水", *, fault=DROP, **fields):
        seed = fields.pop("seed", None)
        generation = wanted(prompt, **fields)
        if seed:
            generation.parameters |= {"seed": seed}
            generation.save(update_fields=["parameters"])
        endpoint = {"wujie": "wujie.create", "jumdata": "jumdata.submit"}
        provider = generation.account.provider
        sandbox.switch(faults={endpoint[provider]: fault})
        (claim,) = lifecycle.claim_queued(provider, 4)
        lifecycle.book_sent(claim, lifecycle.send(claim))
        sandbox.switch(faults={endpoint[provider]: None})
        generation.refresh_from_db()
        assert generation.status == Status.UNCERTAIN
        return generation

    return lose


def made(sandbox):
    """What the sandbox says was made, and so paid for: oldest first."""
    return sorted(sandbox.state()["jobs"], key=lambda job: job["created"])


def look(provider="wujie"):
    """One round, if one is due. What was asked comes back."""
    rounds = lifecycle.claim_recoveries(provider, 4)
    for one in rounds:
        lifecycle.book_recovery(one, lifecycle.search_history(one))
    return [one.keys for one in rounds]


def look_on(times=6):
    """As many rounds as it takes to read the history and ask about all of it."""
    for _ in range(times):
        SubmitRecovery.objects.exclude(look_after=None).update(
            look_after=timezone.now()
        )
        look()


def status_of(generation):
    generation.refresh_from_db()
    return generation.status


def calls_back(generation, key, *, is_signed=False, **fields):
    body = json.dumps({"key": key, "success": True, **fields}).encode()
    Callback.objects.create(generation=generation, body=body, is_signed=is_signed)


def purse():
    return ledger.balances(factories.team())


# --- RoundResult


@pytest.mark.parametrize("fault", [DROP, LATE], ids=["drop", "late_answer"])
@pytest.mark.parametrize("pictures", [1, 3])
def test_a_lost_answer_is_found_in_the_history(
    wanted, reaches, sandbox, impatient, fault, pictures
):
    sandbox.switch(faults={"wujie.create": fault | {"times": 1}})
    generation = wanted(pictures=pictures)
    reaches(generation, Status.UNCERTAIN)
    reaches(generation, Status.DONE)
    jobs = made(sandbox)
    assert {job["key"] for job in jobs} == set(
        generation.tasks.values_list("key", flat=True)
    )
    assert len(jobs) == generation.tasks.count() == pictures
    assert sandbox.state()["requests"]["wujie.create"] == 1
    assert Generation.objects.count() == 1
    assert (generation.failure_code, generation.attempts) == ("", 1)
    paid = sum(job["paid"] for job in jobs)
    assert (purse()["spent"], purse()["reserved"]) == (paid, 0)
    assert SubmitRecovery.objects.get().look_after is None
    assert list(invariants.broken()) == []


def test_what_a_killed_process_had_sent_is_found(wanted, reaches, sandbox):
    generation = wanted()
    (claim,) = lifecycle.claim_queued("wujie", 4)
    lifecycle.send(claim)  # and then the process is gone
    long_ago = timezone.now() - Generation.STUCK_AFTER - MINUTE
    Generation.objects.update(submitting_at=long_ago)
    assert lifecycle.sweep_stuck() == 1
    reaches(generation, Status.DONE)
    assert len(made(sandbox)) == 1
    assert list(invariants.broken()) == []


def test_equal_prompts_are_told_apart_by_their_seeds(lost, reaches, sandbox):
    first = lost(parameters={**factories.PARAMETERS["wujie"], "chosen_seed": "11"})
    second = lost(parameters={**factories.PARAMETERS["wujie"], "chosen_seed": "22"})
    reaches(first, Status.DONE)
    reaches(second, Status.DONE)
    seeds = {job["key"]: job["seed"] for job in made(sandbox)}
    assert seeds[first.tasks.get().key] == "11"
    assert seeds[second.tasks.get().key] == "22"
    assert list(invariants.broken()) == []


def test_two_that_are_alike_are_left_to_a_person(lost, sandbox):
    both = [lost(seed="7"), lost(seed="7")]
    look_on()
    assert [status_of(one) for one in both] == [Status.UNCERTAIN] * 2
    assert UnmatchedKey.objects.count() == 2
    assert not ProviderTask.objects.exists()
    assert purse()["reserved"] == 4
    assert list(invariants.broken()) == []


def test_of_two_that_are_alike_the_one_that_was_made_is_not_guessed(lost, otto):
    made_there, never = lost(seed="7"), lost(seed="7", fault={"kind": "drop_before"})
    look_on()
    assert status_of(made_there) == status_of(never) == Status.UNCERTAIN
    # Where a person knows of one, the other is certain.
    assert lifecycle.close(never, was_paid=False, closed_by=otto)
    look_on(1)
    assert status_of(made_there) == Status.RUNNING
    assert list(invariants.broken()) == []


def test_one_that_is_just_being_sent_may_be_the_one_that_was_made(lost, wanted):
    generation = lost(seed="7")
    other = wanted()
    Generation.objects.filter(pk=other.pk).update(
        status=Status.SUBMITTING,
        submitting_at=timezone.now(),
        parameters=generation.parameters,
    )
    look_on()
    assert status_of(generation) == Status.UNCERTAIN
    Generation.objects.filter(pk=other.pk).update(status=Status.QUEUED)
    look_on(1)
    assert status_of(generation) == Status.RUNNING


def test_what_a_person_closed_as_paid_keeps_its_claim(lost, otto, sandbox):
    closed = lost(seed="7")
    assert lifecycle.close(closed, was_paid=True, closed_by=otto)
    lost(seed="7", fault={"kind": "drop_before"})
    look_on()
    assert len(made(sandbox)) == 1
    assert not ProviderTask.objects.exists()


def test_one_without_a_seed_may_have_made_what_another_asked_for(lost):
    plain, seeded = lost(fault={"kind": "drop_before"}), lost(seed="7")
    look_on()
    assert status_of(plain) == status_of(seeded) == Status.UNCERTAIN


def test_what_is_known_to_us_is_not_asked_about(wanted, reaches, lost, sandbox):
    reaches(wanted(), Status.DONE)
    generation = lost(fault={"kind": "drop_before"})
    before = sandbox.state()["requests"].get("wujie.info", 0)
    look_on()
    assert status_of(generation) == Status.UNCERTAIN
    assert not UnmatchedKey.objects.exists()
    assert sandbox.state()["requests"].get("wujie.info", 0) == before


def test_what_was_made_before_it_was_sent_is_not_its_own(lost, sandbox):
    generation = lost()
    later = timezone.now() + 2 * MINUTE
    Generation.objects.filter(pk=generation.pk).update(submitting_at=later)
    look_on()
    assert status_of(generation) == Status.UNCERTAIN
    # A clock that is a little behind is no reason.
    a_little = later - MINUTE - datetime.timedelta(seconds=5)
    Generation.objects.filter(pk=generation.pk).update(submitting_at=a_little)
    generation.refresh_from_db()
    keys = searching.matching_keys(generation, is_all_traced=True)
    assert keys == [made(sandbox)[0]["key"]]


def test_two_keys_of_three_wait_for_the_third(lost, sandbox, monkeypatch):
    generation = lost(pictures=3)
    really = client("wujie").history
    two = [[key for page in really() for key in page][:2]]
    monkeypatch.setattr(client("wujie"), "history", lambda newer: two)
    look_on()
    assert UnmatchedKey.objects.filter(is_asked=True).count() == 2
    assert status_of(generation) == Status.UNCERTAIN
    monkeypatch.setattr(client("wujie"), "history", really)
    look_on(3)
    assert status_of(generation) == Status.RUNNING
    assert generation.tasks.count() == len(made(sandbox)) == 3


def test_a_fourth_key_of_three_is_one_too_many(lost, sandbox):
    generation = lost(pictures=3)
    job = made(sandbox)[0]
    look_on()
    UnmatchedKey.objects.all().delete()
    ProviderTask.objects.all().delete()
    Generation.objects.update(status=Status.UNCERTAIN, pictures=2)
    SubmitRecovery.objects.update(look_after=timezone.now())
    look_on()
    assert UnmatchedKey.objects.filter(prompt=job["prompt"]).count() == 3
    assert status_of(generation) == Status.UNCERTAIN


FIELDS = {"prompt": "别的", "model": "2", "width": 512, "height": 512, "seed": "8"}


@pytest.mark.parametrize("field", FIELDS)
def test_all_that_was_asked_for_has_to_agree(lost, monkeypatch, field):
    generation = lost(seed="7")
    really = client("wujie").trace

    def trace(key):
        told = really(key)
        values = {name: getattr(told.fingerprint, name) for name in FIELDS}
        other = Fingerprint(**values | {field: FIELDS[field]})
        return Trace(key, other, told.made_at)

    monkeypatch.setattr(client("wujie"), "trace", trace)
    look_on()
    assert UnmatchedKey.objects.filter(is_asked=True).count() == 1
    assert status_of(generation) == Status.UNCERTAIN


def test_without_a_time_nothing_agrees(lost, monkeypatch):
    generation = lost()
    really = client("wujie").trace
    monkeypatch.setattr(
        client("wujie"), "trace", lambda key: Trace(key, really(key).fingerprint, None)
    )
    look_on()
    assert status_of(generation) == Status.UNCERTAIN
    monkeypatch.undo()
    look_on(3)  # it is asked about again: the gateway may tell later
    assert status_of(generation) == Status.RUNNING


# --- Callbacks name keys, and prove nothing


def test_unsigned_it_decides_nothing_between_two_that_are_alike(lost, sandbox):
    """True or forged: who knows an address can name the other one's key there."""
    first, second = lost(seed="7"), lost(seed="7")
    one, two = made(sandbox)
    calls_back(first, two["key"])
    calls_back(second, one["key"])
    look_on()
    assert status_of(first) == status_of(second) == Status.UNCERTAIN
    assert not ProviderTask.objects.exists()
    assert purse()["reserved"] == 4


@pytest.mark.parametrize("is_signed", [True, False])
def test_of_more_keys_than_pictures_only_a_signed_one_chooses(lost, sandbox, is_signed):
    """Somebody drew the same elsewhere with the account: no rival is known here."""
    generation, elsewhere = lost(seed="7"), lost(seed="7")
    assert elsewhere.advance(Status.FAILED, finished_at=timezone.now())
    ours = made(sandbox)[0]["key"]
    calls_back(generation, ours, is_signed=is_signed)
    look_on()
    keys = [task.key for task in generation.tasks.all()]
    assert keys == ([ours] if is_signed else [])


def test_a_key_that_the_history_does_not_list_is_not_adopted(
    lost, sandbox, monkeypatch
):
    """Found by the lifecycle machine: the history had been read, and lacked all keys;
    the only key known was the one that a forged callback named."""
    generation, elsewhere = lost(seed="7"), lost(seed="7")
    assert elsewhere.advance(Status.FAILED, finished_at=timezone.now())
    monkeypatch.setattr(client("wujie"), "history", lambda newer: [])
    look_on(1)
    calls_back(generation, made(sandbox)[1]["key"])
    look_on()
    assert UnmatchedKey.objects.exclude(made_at=None).count() == 1
    assert status_of(generation) == Status.UNCERTAIN
    monkeypatch.undo()
    look_on()
    assert UnmatchedKey.objects.exclude(made_at=None).count() == 2
    assert status_of(generation) == Status.UNCERTAIN


def test_of_unsigned_keys_one_a_picture_is_traced_first(lost):
    """A flood with invented keys delays nobody, and hides no key from a person."""
    generation = lost(pictures=2, fault={"kind": "drop_before"})
    for n in range(30):
        calls_back(generation, f"INVENTED{n}")
    calls_back(generation, "SIGNED", is_signed=True)
    assert look() == [("INVENTED0", "INVENTED1", "SIGNED")]
    assert UnmatchedKey.objects.count() == 3


def test_a_signed_callback_at_its_own_address_names_its_key(lost, sandbox, monkeypatch):
    """Of two that are alike, too: each callback came to one address."""
    first, second = lost(seed="7"), lost(seed="7")
    one, two = made(sandbox)
    calls_back(second, two["key"], is_signed=True)
    monkeypatch.setattr(client("wujie"), "history", lambda: [])
    look_on(2)
    assert status_of(second) == Status.RUNNING
    assert second.tasks.get().key == two["key"]
    assert status_of(first) == Status.UNCERTAIN
    monkeypatch.undo()
    look_on(3)
    assert status_of(first) == Status.RUNNING  # what is left can only be its own
    assert first.tasks.get().key == one["key"]
    assert list(invariants.broken()) == []


def test_a_real_callback_wakes_the_recovery(lost, sandbox, client, settings):
    generation = lost()
    SubmitRecovery.objects.update(look_after=timezone.now() + 60 * MINUTE)
    assert look() == []
    body = json.dumps({"key": made(sandbox)[0]["key"]})
    address = f"/callbacks/{generation.callback_token}/"
    client.post(address, body, content_type="application/json")
    assert look() == [(made(sandbox)[0]["key"],)]
    assert status_of(generation) == Status.UNCERTAIN  # unsigned: only a hint
    assert look() == [()]  # the history, at once
    assert status_of(generation) == Status.RUNNING


def test_a_signed_callback_needs_no_history(lost, sandbox):
    generation = lost()
    calls_back(generation, made(sandbox)[0]["key"], is_signed=True)
    assert look() == [(made(sandbox)[0]["key"],)]
    assert status_of(generation) == Status.RUNNING


def test_a_callback_during_a_round_is_not_forgotten(lost, sandbox):
    generation = lost(fault={"kind": "drop_before"})
    look()
    SubmitRecovery.objects.update(look_after=timezone.now())
    (one,) = lifecycle.claim_recoveries("wujie", 4)
    lifecycle.make_due(generation)
    lifecycle.book_recovery(one, lifecycle.search_history(one))
    assert SubmitRecovery.objects.get().look_after <= timezone.now()


def test_a_forged_callback_adopts_nothing(wanted, reaches, lost, sandbox):
    reaches(wanted("hers"), Status.DONE)
    theirs = ProviderTask.objects.get().key
    foreign = lost("someone else's")
    look_on()  # adopted by its own
    generation = lost("mine", pictures=9, fault={"kind": "drop_before"})
    for key in (theirs, foreign.tasks.get().key, "F" * 32, "", None, 7, "x" * 999):
        calls_back(generation, key)
    for body in (b"", b"\xff\0", b"[1]", b'"k"', b"{"):
        Callback.objects.create(generation=generation, body=body)
    look_on()
    assert status_of(generation) == Status.UNCERTAIN
    assert not generation.tasks.exists()
    untold = UnmatchedKey.objects.unclaimed().filter(made_at=None)
    assert {row.key for row in untold} == {"7", "F" * 32}
    assert list(invariants.broken()) == []


def test_a_forged_key_that_is_made_and_not_ours_does_not_agree(lost, sandbox):
    """Made at the account outside of the portal, and named at our address."""
    foreign = lost("from elsewhere")
    key = made(sandbox)[0]["key"]
    SubmitRecovery.objects.filter(generation=foreign).update(look_after=None)
    generation = lost("mine", fault={"kind": "drop_before"})
    calls_back(generation, key)
    look_on()
    assert UnmatchedKey.objects.get().prompt == "from elsewhere"
    assert status_of(generation) == Status.UNCERTAIN
    assert not ProviderTask.objects.exists()


# --- The gateway does not help


def test_it_is_found_below_all_that_was_made_since(lost, wanted, sandbox):
    """A busy account makes hundreds of pictures until a lost answer is looked for."""

    def make_600():
        for _ in range(6):
            wanted("others", pictures=100)
        for claim in lifecycle.claim_queued("wujie", 6):
            lifecycle.book_sent(claim, lifecycle.send(claim))

    make_600()
    generation = lost()
    ours = made(sandbox)[-1]["key"]
    make_600()
    assert len(made(sandbox)) == 1201
    look_on(2)
    assert status_of(generation) == Status.RUNNING
    assert generation.tasks.get().key == ours
    assert sandbox.state()["requests"]["wujie.history"] == 13  # all of it, here


def test_what_was_listed_before_it_broke_counts(lost, sandbox, monkeypatch):
    generation = lost()

    def history(newer):
        yield [made(sandbox)[0]["key"]]
        raise Unavailable("too many requests", code="429")

    monkeypatch.setattr(client("wujie"), "history", history)
    look_on(2)
    assert status_of(generation) == Status.RUNNING


def test_a_key_that_it_cannot_tell_of_stops_no_other(lost, sandbox, monkeypatch):
    """Whatever is wrong with it there: the history is read on, and others are found."""
    first = lost("first")
    bad = made(sandbox)[0]["key"]
    trace = client("wujie").trace

    def broken(key):
        if key == bad:
            raise Unavailable("Internal Server Error", code="500")
        return trace(key)

    monkeypatch.setattr(client("wujie"), "trace", broken)
    second = lost("second")
    look_on()
    third = lost("third")
    look_on()
    assert status_of(second) == status_of(third) == Status.RUNNING
    assert status_of(first) == Status.UNCERTAIN
    monkeypatch.undo()
    look_on()
    assert status_of(first) == Status.RUNNING


def test_a_history_that_cannot_be_read_is_read_later(lost, sandbox):
    generation = lost()
    sandbox.switch(faults={"wujie.history": {"kind": "http_500"}})
    before = timezone.now()
    look()
    recovery = SubmitRecovery.objects.get()
    assert (recovery.looks, recovery.failure_code) == (0, "500")
    assert GatewayAccount.objects.get(provider="wujie").health.trouble
    shortest = datetime.timedelta(seconds=searching.SEARCH.shortest)
    assert recovery.look_after >= before + shortest
    assert status_of(generation) == Status.UNCERTAIN
    sandbox.switch(faults={"wujie.history": None})
    look_on(2)
    assert status_of(generation) == Status.RUNNING
    assert SubmitRecovery.objects.get().failure_code == ""


def test_a_history_that_is_refused_closes_the_breaker(lost):
    """As the probe it is an answer like any other: nothing waits for it any longer."""
    lost()
    past = timezone.now() - MINUTE
    AccountHealth.objects.update(tripped_at=past, trips=3, quiet_until=past)
    (one,) = lifecycle.claim_recoveries("wujie", 4)
    lifecycle.book_recovery(one, Refused("no", code="20010001"))
    health = GatewayAccount.objects.get(provider="wujie").health
    assert (health.tripped_at, health.quiet_until, health.trips) == (None, None, 0)


def test_traces_that_cannot_be_read_are_read_later(lost, sandbox):
    generation = lost(pictures=2)
    fault = {"kind": "http_500", "skip": 1, "times": 2}
    sandbox.switch(faults={"wujie.info": fault})
    look()  # the history
    look()  # one of two
    assert UnmatchedKey.objects.exclude(made_at=None).count() == 1
    look()  # none
    assert UnmatchedKey.objects.exclude(made_at=None).count() == 1
    look_on(2)
    assert status_of(generation) == Status.RUNNING


def test_a_mistake_of_ours_stops_no_other(lost, monkeypatch):
    one, two = lost("one"), lost("two")
    really = searching.matching_keys

    def broken(generation, **known):
        if generation.pk == one.pk:
            raise RuntimeError("a bug of ours")
        return really(generation, **known)

    monkeypatch.setattr(searching, "matching_keys", broken)
    look_on()
    assert status_of(one) == Status.UNCERTAIN
    assert status_of(two) == Status.RUNNING


def test_a_reader_that_breaks_is_a_value(lost, monkeypatch):
    lost()

    def broken():
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr(client("wujie"), "history", broken)
    (one,) = lifecycle.claim_recoveries("wujie", 4)
    outcome = lifecycle.search_history(one)
    assert isinstance(outcome, Unavailable)
    assert outcome.code == Fault.BROKEN


def test_jumdata_has_no_history(lost, sandbox):
    generation = lost(provider="jumdata")
    assert generation.submit_recovery.look_after is None
    assert lifecycle.claim_recoveries("jumdata", 4) == []
    assert "recover jumdata" not in [lane.name for lane in lanes.lanes()]
    lifecycle.make_due(generation)
    generation.submit_recovery.refresh_from_db()
    assert generation.submit_recovery.look_after is None
    assert list(invariants.broken()) == []


# --- Pace


def test_looks_widen_and_end_after_a_day(lost, monkeypatch, still_clock):
    monkeypatch.setattr(searching, "SEARCH", GrowingInterval(0.5, 2.0, 3600.0))
    generation = lost(fault={"kind": "drop_before"})
    waits = []
    for minutes in (0, 1, 20, 600, 1439, 1441):
        begun_at = timezone.now() - minutes * MINUTE
        SubmitRecovery.objects.update(begun_at=begun_at, look_after=timezone.now())
        look()
        after = SubmitRecovery.objects.get().look_after
        waits.append(after and (after - timezone.now()).total_seconds())
    assert waits[-1] is None
    assert 1 < waits[0] < 3 < 26 < waits[1] < 35 < waits[2] < waits[3] < 4000
    assert 3000 < waits[4] < 4000
    before, _ = generation.version, generation.refresh_from_db()
    assert generation.version > before  # its card says something else now
    assert not generation.is_looked_for
    assert list(invariants.broken()) == []


def test_a_history_of_many_strangers_is_asked_about_in_rounds(
    lost, sandbox, monkeypatch
):
    monkeypatch.setattr(searching, "MOST_KEYS", 2)
    generation = lost()
    SubmitRecovery.objects.filter(generation=lost("of others", pictures=5)).delete()
    asked = [len(keys) for _ in range(9) for keys in look()]
    assert asked == [0, 2, 2, 2]
    assert status_of(generation) == Status.RUNNING
    assert UnmatchedKey.objects.count() == 6


def test_one_round_serves_all(lost, sandbox):
    """A bad minute leaves many; each key is asked about once for all of them."""
    many = [lost(f"number {n}") for n in range(4)]
    look_on(2)
    assert [status_of(one) for one in many] == [Status.RUNNING] * 4
    requests = sandbox.state()["requests"]
    assert (requests["wujie.history"], requests["wujie.info"]) == (1, 4)


def test_a_round_ends_in_time(monkeypatch):
    class Slow:
        def trace(self, key):
            return Trace(key, Fingerprint("", "", 0, 0, ""), None)

    monkeypatch.setattr(searching, "historian", lambda provider: Slow())
    monkeypatch.setattr(searching, "ROUND_SECONDS", -1)
    assert [trace.key for trace in searching._traces("wujie", ["A", "B"])] == ["A"]


def test_what_was_asked_elsewhere_is_not_looked_for_here(lost, settings):
    lost()
    settings.GATEWAYS = {"wujie": {**settings.GATEWAYS["wujie"], "app_id": "other"}}
    assert lifecycle.claim_recoveries("wujie", 4) == []


# --- Races and ends


def test_an_answer_that_comes_after_all_ends_the_recovery(wanted, sandbox):
    generation = wanted()
    (claim,) = lifecycle.claim_queued("wujie", 4)
    outcome = lifecycle.send(claim)
    Generation.objects.update(submitting_at=timezone.now() - 60 * MINUTE)
    lifecycle.sweep_stuck()
    (one,) = lifecycle.claim_recoveries("wujie", 4)
    lifecycle.book_sent(claim, outcome)
    lifecycle.book_recovery(one, lifecycle.search_history(one))
    assert status_of(generation) == Status.RUNNING
    assert SubmitRecovery.objects.get().look_after is None
    assert generation.tasks.count() == 1
    assert list(invariants.broken()) == []


def test_a_refusal_that_comes_after_all_ends_the_recovery(lost):
    generation = lost(fault={"kind": "drop_before"})
    sending = lifecycle.sending.Submission(
        generation, lifecycle.order_of(generation), ""
    )
    lifecycle.book_sent(sending, Refused("no", code="20110001"))
    assert look() == []
    assert SubmitRecovery.objects.get().look_after is None
    assert list(invariants.broken()) == []


def test_an_answer_and_its_adoption_are_booked_once(wanted, sandbox):
    generation = wanted()
    (claim,) = lifecycle.claim_queued("wujie", 4)
    outcome = lifecycle.send(claim)
    lifecycle.book_sent(claim, Unknown("lost", code=Fault.LOST))
    look_on()
    assert status_of(generation) == Status.RUNNING
    lifecycle.book_sent(claim, outcome)
    assert generation.tasks.count() == 1
    assert purse()["reserved"] == 2
    assert list(invariants.broken()) == []


def test_a_key_that_another_took_meanwhile_is_not_taken(lost, monkeypatch, sandbox):
    """The unique key is the last guard, whatever went before."""
    generation = lost()
    key = made(sandbox)[0]["key"]
    other = factories.generation(generation.requested_by, status=Status.RUNNING)
    factories.task(other, key=key, reserved=4, poll_after=timezone.now())
    assert not searching.adopt(generation, [key])
    assert status_of(generation) == Status.UNCERTAIN
    assert generation.failure_code == Fault.KEY_REUSED
    assert not generation.tasks.exists()
    assert list(invariants.broken()) == []


def test_one_that_cannot_be_booked_is_not_tried_without_end(lost, monkeypatch):
    generation = lost()
    Generation.objects.update(reserved=1_000_000)
    begun_at = timezone.now() - 60 * MINUTE
    SubmitRecovery.objects.update(begun_at=begun_at)
    monkeypatch.setattr(searching, "SEARCH", GrowingInterval(0.5, 2.0, 3600.0))
    monkeypatch.setattr(
        lifecycle.sending,
        "shares_of",
        lambda total, parts: 1 / 0,  # a bug of ours
    )
    look()
    look()
    assert status_of(generation) == Status.UNCERTAIN
    recovery = SubmitRecovery.objects.get()
    assert recovery.begun_at == begun_at
    assert recovery.look_after > timezone.now() + 20 * MINUTE


def test_it_is_sent_anew_only_where_nothing_had_happened(lost):
    """A late "nothing happened" queues it; if that is lost too, it is looked for."""
    generation = lost(fault={"kind": "drop_before"})
    SubmitRecovery.objects.update(look_after=None, looks=9)
    sending = lifecycle.sending.Submission(
        generation, lifecycle.order_of(generation), ""
    )
    lifecycle.book_sent(sending, Unavailable("not now"))
    assert status_of(generation) == Status.QUEUED
    Generation.objects.update(send_after=timezone.now())
    (claim,) = lifecycle.claim_queued("wujie", 4)
    lifecycle.book_sent(claim, Unknown("lost", code=Fault.LOST))
    recovery = SubmitRecovery.objects.get()
    assert (recovery.looks, recovery.look_after is not None) == (0, True)


def test_the_balance_when_it_was_sent_is_kept(wanted):
    GatewayAccount.objects.update(balance=4321)
    generation = wanted()
    GatewayAccount.objects.update(balance=4321)
    lifecycle.claim_queued("wujie", 1)
    generation.refresh_from_db()
    assert generation.balance_before == 4321


def test_strays_are_not_kept_for_ever(db):
    account = factories.account()
    old = timezone.now() - tasks.CALLBACK_RETENTION - MINUTE
    UnmatchedKey.objects.create(account=account, key="old", seen_at=old)
    UnmatchedKey.objects.create(account=account, key="new")
    tasks.tidy()
    assert UnmatchedKey.objects.get().key == "new"
