"""Whatever comes, in whatever order and however often: each task is booked once."""

import contextlib
import itertools
import threading

import pytest
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateways.providers.base import Audit, CostState, Label, State, TaskUpdate, Verdict
from generation import lifecycle
from generation.models import Artwork, Generation, ProviderTask
from reconciliation import invariants
from spend import ledger
from spend.models import Transfer
from tests import factories
from tests.engine import at_once

pytestmark = pytest.mark.both_databases

Status = Generation.Status
TaskStatus = ProviderTask.Status
URL = "https://cdn.wujiebantu.com/ai/one.png"


@pytest.fixture
def running(alice):
    """``running(3)``: at the gateway, each task with a share of 2."""

    def make(tasks=1, **fields):
        values = {"status": Status.RUNNING, "pictures": tasks, "reserved": 2 * tasks}
        generation = factories.generation(alice, **values | fields)
        for position in range(tasks):
            task = {"position": position, "poll_after": timezone.now(), "reserved": 2}
            factories.task(generation, **task)
        return generation

    return make


def fresh(task):
    return ProviderTask.objects.select_related("generation__account").get(pk=task.pk)


def apply(task, state, **said):
    """As ``book_poll`` does it, on a row just read."""
    row = fresh(task)
    with transaction.atomic():
        lifecycle.apply([(row, TaskUpdate(task.key, state, **said))])
    task.refresh_from_db()


def end(generation, *states, **said):
    """Each task of a generation ends, in the order given."""
    for task, state in zip(generation.tasks.order_by("pk"), states, strict=True):
        urls = (URL,) if state == State.SUCCEEDED else ()
        apply(task, state, picture_urls=urls, **said)
    generation.refresh_from_db()


def balances():
    return ledger.balances(factories.team())


# --- How a generation ends

DONE, FAILED, GONE = State.SUCCEEDED, State.FAILED, State.CANCELLED


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ((DONE,), Status.DONE),
        ((FAILED,), Status.FAILED),
        ((GONE,), Status.CANCELLED),
        ((DONE, FAILED, GONE), Status.DONE),
        ((FAILED, DONE), Status.DONE),
        ((GONE, DONE), Status.DONE),
        ((FAILED, FAILED), Status.FAILED),
        ((GONE, GONE), Status.CANCELLED),
        ((GONE, FAILED), Status.FAILED),
        ((FAILED, GONE), Status.FAILED),
    ],
)
def test_what_became_of_its_tasks_becomes_of_it(running, states, status):
    generation = running(len(states))
    end(generation, *states)
    assert generation.status == status
    assert generation.finished_at is not None
    assert balances()["reserved"] == 0
    assert balances()["spent"] == 2 * states.count(DONE)
    assert list(invariants.broken()) == []


def test_it_does_not_end_before_its_last_task(running):
    generation = running(2)
    first, second = generation.tasks.order_by("pk")
    apply(first, DONE, picture_urls=(URL,))
    generation.refresh_from_db()
    assert generation.status == Status.RUNNING
    apply(second, State.DRAWING, percent=10.0)
    generation.refresh_from_db()
    assert generation.status == Status.RUNNING
    apply(second, FAILED)
    generation.refresh_from_db()
    assert generation.status == Status.DONE


def test_what_has_ended_otherwise_is_not_ended_again(running):
    ended = timezone.now() - timezone.timedelta(days=1)
    generation = running(status=Status.FAILED, finished_at=ended)
    apply(generation.tasks.get(), DONE, picture_urls=(URL,))
    generation.refresh_from_db()
    assert (generation.status, generation.finished_at) == (Status.FAILED, ended)


@pytest.mark.django_db(transaction=True)
def test_of_two_that_end_at_the_same_moment_one_ends_it(running):
    generation = running(2)
    tasks = list(generation.tasks.order_by("pk"))
    both_applied = threading.Barrier(2)

    def end_one(number):
        with transaction.atomic():
            # Its charge is not final: nothing else makes one wait for the other.
            row = fresh(tasks[number])
            update = TaskUpdate(row.key, FAILED, cost_state=CostState.PENDING)
            lifecycle.apply([(row, update)])
            with contextlib.suppress(threading.BrokenBarrierError):
                both_applied.wait(0.5)

    at_once(end_one, threads=2)
    generation.refresh_from_db()
    assert generation.status == Status.FAILED


def test_the_reason_of_a_failure_is_kept(running):
    generation = running()
    said = {"failure_code": "1", "failure_message": "作画超时", "raw": {"status": 12}}
    end(generation, FAILED, **said)
    task = generation.tasks.get()
    assert (task.failure_code, task.failure_message) == ("1", "作画超时")
    assert task.answer == {"status": 12}
    assert not Artwork.objects.exists()


# --- Pictures


def test_each_picture_becomes_an_artwork_with_its_audit(running):
    label = Label("porn", "色情", "PORN", Verdict.REVIEW, 0.7)
    audit = Audit(Verdict.REVIEW, check_failed=True, is_offending=True, labels=(label,))
    generation = running(pictures=2)
    apply(generation.tasks.get(), DONE, picture_urls=(URL, f"{URL}2"), audit=audit)
    first, second = Artwork.objects.order_by("position")
    assert [first.source_url, second.source_url] == [URL, f"{URL}2"]
    assert (first.verdict, first.is_check_failed, first.is_offending) == (
        "review",
        True,
        True,
    )
    assert first.labels[0]["label"] == "porn"
    assert first.moderation == Artwork.Moderation.PENDING
    assert first.fetch_after <= timezone.now()
    generation.refresh_from_db()
    assert generation.is_storing
    assert generation.is_moving


def test_without_an_audit_the_verdict_is_missing(running):
    end(running(), DONE)
    assert Artwork.objects.get().verdict == "missing"


def test_a_success_without_an_address_is_asked_again(running):
    generation = running()
    task = generation.tasks.get()
    apply(task, DONE, cost=2, cost_state=CostState.CHARGED)
    assert task.is_open
    assert not task.is_booked
    assert task.poll_after is not None
    apply(task, DONE, picture_urls=(URL,), cost=2, cost_state=CostState.CHARGED)
    assert (task.status, task.is_booked) == (TaskStatus.SUCCEEDED, True)
    assert Artwork.objects.count() == 1


def test_fewer_pictures_than_asked_for_are_told(running):
    generation = running(pictures=4)
    apply(generation.tasks.get(), DONE, picture_urls=(URL, f"{URL}2"))
    task = generation.tasks.get()
    assert (task.failure_code, task.failure_message) == ("fewer", "2 / 4")
    generation.refresh_from_db()
    assert generation.status == Status.DONE


def test_a_later_address_takes_the_place_of_a_dead_one(running):
    generation = running()
    end(generation, DONE)
    task, artwork = generation.tasks.get(), Artwork.objects.get()
    wait = timezone.now() + timezone.timedelta(seconds=40)
    Artwork.objects.update(fetch_after=wait, fetch_attempts=3)
    apply(task, DONE, picture_urls=(f"{URL}?fresh",))
    artwork.refresh_from_db()
    assert artwork.source_url == f"{URL}?fresh"
    # An address that is new each time must not undo the back-off.
    assert artwork.fetch_after == wait


def test_the_address_of_a_stored_picture_stays(alice):
    artwork = factories.artwork(alice)
    apply(artwork.task, DONE, picture_urls=(f"{URL}?fresh",))
    before = artwork.source_url
    artwork.refresh_from_db()
    assert artwork.source_url == before
    assert Artwork.objects.count() == 1


# --- Any order, any number, any contradiction

COSTS = st.sampled_from([None, 0, 1, 2, 3, 7])
UPDATES = st.builds(
    TaskUpdate,
    key=st.just(""),
    state=st.sampled_from(State),
    percent=st.sampled_from([None, 0.0, 50.0, 100.0]),
    ahead=st.sampled_from([None, 0, 3]),
    picture_urls=st.sampled_from([(), (URL,), (URL, f"{URL}2")]),
    cost=COSTS,
    cost_state=st.sampled_from(CostState),
)
#: One call: task → what is said of it, and how old the row is that it is booked on.
CALLS = st.dictionaries(
    st.integers(0, 2), st.tuples(UPDATES, st.integers(0, 4)), min_size=1
)
STEPS = st.lists(CALLS, min_size=1, max_size=10)
LAST = TaskUpdate("", State.FAILED, cost_state=CostState.REFUNDED)
names = itertools.count()


def check(generation, tasks):
    ended = set()
    for task in tasks:
        moved = Transfer.objects.filter(reference=task.reference)
        by_kind = [transfer.kind for transfer in moved]
        assert len(by_kind) == len(set(by_kind))
        own = Q(reference__startswith=f"{task.reference}:")  # the corrections since
        moved = Transfer.objects.filter(own | Q(reference=task.reference))
        row = fresh(task)
        assert bool(row.is_booked) or not by_kind
        spent = {kind: sum(t.amount for t in moved if t.kind == kind) for kind in KINDS}
        settled = spent["settle"] + spent["settle_more"] - spent["refund"]
        assert settled == (row.cost or 0 if row.is_booked else 0)
        ended.add(row.status in ProviderTask.TERMINAL)
    generation.refresh_from_db()
    assert (generation.status in Generation.TERMINAL) == (ended == {True})


KINDS = ("settle", "settle_more", "release", "refund")


@pytest.mark.slow
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(number=st.integers(1, 3), steps=STEPS)
def test_no_order_of_answers_books_twice_or_forgets(alice, number, steps):
    with transaction.atomic():
        generation = factories.generation(
            alice, status=Status.RUNNING, pictures=number, reserved=2 * number
        )
        tasks = [
            factories.task(generation, position=n, reserved=2, key=f"K{next(names)}")
            for n in range(number)
        ]
        ProviderTask.objects.filter(generation=generation).update(
            poll_after=timezone.now()
        )
        older = {task.pk: [fresh(task)] for task in tasks}
        final = {}
        for call in steps:
            answers = []
            for which, (update, age) in call.items():
                if which >= number:
                    continue
                rows = older[tasks[which].pk]
                row = rows[-1 - age] if age < len(rows) else rows[-1]
                # else another process's stale one
                answers.append((fresh(row) if age == 0 else row, update))
            with transaction.atomic():
                lifecycle.apply(answers)
            for task, _ in answers:
                older[task.pk].append(fresh(task))
                # Once it is ended it stays so; but what was drawn after all, is drawn.
                status = older[task.pk][-1].status
                assert (
                    final.setdefault(task.pk, status) == status
                    or final[task.pk] not in ProviderTask.TERMINAL
                    or status == TaskStatus.SUCCEEDED
                )
                final[task.pk] = status
            check(generation, tasks)
        for task in tasks:
            lifecycle.apply([(fresh(task), LAST)])
            with transaction.atomic():
                lifecycle.apply([(fresh(task), LAST)])
        check(generation, tasks)
        assert list(invariants.broken()) == []
        assert all(fresh(task).is_booked for task in tasks)
        assert ledger.balances(generation.team)["reserved"] == 0
        transaction.set_rollback(True)
