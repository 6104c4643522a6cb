"""When a task is looked at: by what its answers tell, and how busy its account is."""

import datetime
import random

import pytest
from django.utils import timezone

from gateways.providers.base import State, TaskUpdate
from generation import lifecycle
from generation.lifecycle import account_load, intervals, poll_schedule, polling
from generation.lifecycle.account_load import AccountLoad
from generation.lifecycle.intervals import GrowingInterval
from generation.models import Callback, Generation, ProviderTask
from tests import factories

pytestmark = pytest.mark.both_databases

TaskStatus = ProviderTask.Status
NOW = datetime.datetime(2026, 5, 4, 12, tzinfo=datetime.UTC)
QUIET = AccountLoad()


def seconds(number):
    return datetime.timedelta(seconds=number)


@pytest.fixture(autouse=True)
def real_waits(monkeypatch, short_waits):
    """As they are in use, but without chance."""
    monkeypatch.setattr(poll_schedule, "PROGRESS", GrowingInterval(0.05, 1.0, 10.0))
    monkeypatch.setattr(poll_schedule, "VISIBLE_PROGRESS_SECONDS", 5.0)
    monkeypatch.setattr(polling, "BATCH_WAIT", seconds(0.4))
    monkeypatch.setattr(account_load, "MOST_A_SECOND", 20.0)
    monkeypatch.setattr(intervals.random, "uniform", lambda low, high: low)


def drawn(percent, *, age, seen=None, seen_ago=None):
    """A task that was at ``seen`` percent so many seconds ago; the answer just now."""
    task = ProviderTask(created_at=NOW - seconds(age), percent=seen)
    task.progress_at = NOW - seconds(age if seen_ago is None else seen_ago)
    return task, TaskUpdate("", State.DRAWING, percent=percent)


def wait(task, update, known=QUIET):
    return poll_schedule.next_poll(task, update, NOW, known).total_seconds()


# --- The first look


@pytest.mark.parametrize(
    ("expected", "waits"), [(None, 1), (1, 1), (6, 3), (8, 4), (600, 5)]
)
def test_a_first_look_comes_halfway_within_bounds(expected, waits):
    assert poll_schedule.first_poll(expected, QUIET) == seconds(waits)


def test_with_thousands_in_flight_a_first_look_may_wait_longer():
    busy = AccountLoad(round_seconds=5000 / (25 * 20))
    assert poll_schedule.first_poll(90, busy) == seconds(45)
    assert poll_schedule.first_poll(600, busy) == seconds(50)


def test_without_an_estimate_the_models_own_median_tells(alice, wanted):
    for took in (4, 6, 30):
        done = factories.artwork(alice, generation_fields={"model": "1"}).task
        began = done.finished_at - seconds(took)
        ProviderTask.objects.filter(pk=done.pk).update(created_at=began)
    other = factories.artwork(alice, generation_fields={"model": "2"}).task
    began = other.finished_at - seconds(500)
    ProviderTask.objects.filter(pk=other.pk).update(created_at=began)
    known = account_load.at(done.account)
    assert known.usual_for(done.generation) == pytest.approx(6)
    assert known.usual_for(wanted(model="3")) is None


# --- The next look


def test_what_was_seen_rising_is_looked_at_when_it_should_end():
    # 30 % in 6 s: the 40 % that are missing take 8, whatever the gateway guesses.
    task, _ = drawn(0, age=60, seen=30.0, seen_ago=6)
    update = TaskUpdate("", State.DRAWING, percent=60.0, expected_seconds=3)
    known = AccountLoad(round_seconds=2)
    assert wait(task, update, known) == pytest.approx(
        8 + poll_schedule.ESTIMATE_MARGIN_SECONDS
    )


def test_what_ends_much_later_is_estimated_anew_before():
    task, _ = drawn(0, age=60, seen=30.0, seen_ago=10)
    update = TaskUpdate("", State.DRAWING, percent=50.0)
    known = AccountLoad(round_seconds=10)
    assert wait(task, update, known) == pytest.approx(25 * poll_schedule.ESTIMATE_SHARE)


def test_seen_once_the_nearer_of_both_estimates_counts():
    task, update = drawn(50.0, age=4)  # it may have begun later than it was made
    assert wait(task, update) == pytest.approx(
        4 + poll_schedule.ESTIMATE_MARGIN_SECONDS
    )
    sooner = TaskUpdate("", State.DRAWING, percent=50.0, expected_seconds=2)
    assert wait(task, sooner) == pytest.approx(
        2 + poll_schedule.ESTIMATE_MARGIN_SECONDS
    )


def test_without_a_percent_the_gateways_estimate_counts():
    task, _ = drawn(0, age=10)
    update = TaskUpdate("", State.QUEUED, expected_seconds=3)
    assert wait(task, update) == pytest.approx(
        3 + poll_schedule.ESTIMATE_MARGIN_SECONDS
    )


def test_what_is_far_from_its_end_is_looked_at_for_its_progress():
    task, update = drawn(1.0, age=10)
    assert wait(task, update) == 5
    assert wait(task, update, AccountLoad(round_seconds=10)) == 50


@pytest.mark.parametrize(
    ("age", "waits"), [(1, 1), (20, 1), (60, 3), (120, 6), (3600, 10)]
)
def test_what_tells_nothing_is_looked_at_in_widening_steps(age, waits):
    task, _ = drawn(0, age=age)
    assert wait(task, TaskUpdate("", State.DRAWING)) == waits


@pytest.mark.parametrize("percent", [40.0, 30.0, 0.0, None])
def test_a_percent_that_stands_still_or_falls_is_no_estimate(percent):
    task, _ = drawn(0, age=60, seen=40.0, seen_ago=20)
    assert wait(task, TaskUpdate("", State.DRAWING, percent=percent)) == 3


def test_the_many_that_tell_nothing_are_asked_after_in_rounds():
    task, _ = drawn(0, age=20)
    update = TaskUpdate("", State.DRAWING)
    assert wait(task, update, AccountLoad(round_seconds=1000 / 20)) == 50


@pytest.mark.parametrize("callbacks", [False, True])
def test_a_crowded_account_is_polled_every_ten_minutes_at_least(callbacks):
    crowded = AccountLoad(round_seconds=20_000 / 20, has_callbacks=callbacks)
    task, update = drawn(1.0, age=10)
    assert wait(task, update, crowded) == 600
    assert wait(task, TaskUpdate("", State.DRAWING), crowded) == 600
    assert poll_schedule.first_poll(90_000, crowded) == seconds(600)


def test_a_backoff_is_a_share_of_the_age_within_bounds():
    growing = GrowingInterval(share_of_age=0.5, shortest=2.0, longest=30.0)
    ages = (-60, 0, 5, 20, 3600)
    assert [growing.seconds(seconds(age)) for age in ages] == [2, 2, 2.5, 10, 30]
    assert growing.wait(seconds(20)) == seconds(10)


def test_looks_differ_a_little(monkeypatch):
    monkeypatch.undo()
    task, update = drawn(50.0, age=4)
    waits = {wait(task, update) for _ in range(20)}
    assert len(waits) > 10
    assert max(waits) < 1.06 * min(waits)


# --- Callbacks


def test_where_callbacks_come_looks_are_rarer():
    task, update = drawn(50.0, age=4)
    alone = wait(task, update)
    known = AccountLoad(has_callbacks=True)
    assert wait(task, update, known) == pytest.approx(4 * alone)
    busy = AccountLoad(round_seconds=12, has_callbacks=True)
    far = drawn(1.0, age=40)
    assert wait(*far, busy) == 60  # never sooner than without


@pytest.fixture
def ended(alice, settings):
    """``ended(8, called_back=7)``: that many, of which so many called back."""
    settings.PUBLIC_URL = "https://portal.example.org"

    def make(number, *, called_back):
        rows = [
            factories.generation(alice, status=Generation.Status.DONE)
            for _ in range(number)
        ]
        Callback.objects.bulk_create(
            Callback(generation=row, body=b"{}") for row in rows[:called_back]
        )
        return account_load.at(rows[0].account)

    return make


@pytest.mark.parametrize(
    ("number", "called_back", "healthy"),
    [(10, 9, True), (10, 8, False), (4, 4, False), (5, 5, True), (20, 0, False)],
)
def test_callbacks_are_healthy_while_nearly_all_come(
    ended, number, called_back, healthy
):
    assert ended(number, called_back=called_back).has_callbacks is healthy


def test_the_last_ones_tell_whether_callbacks_are_healthy(ended):
    ended(10, called_back=0)
    account_load.cache.clear()
    assert ended(
        account_load.LAST_ENDED, called_back=account_load.LAST_ENDED
    ).has_callbacks


def test_without_a_public_address_there_are_no_callbacks(ended, settings):
    ended(10, called_back=10)
    account_load.cache.clear()
    settings.PUBLIC_URL = ""
    assert not account_load.at(Generation.objects.first().account).has_callbacks


# --- Full calls, and not too many


@pytest.fixture
def due(alice, still_clock):
    """``due(3, 0.1)``: so many tasks that have been due for so many seconds."""

    def make(number, ago, provider="wujie"):
        generation = factories.generation(
            alice, provider=provider, status=Generation.Status.RUNNING
        )
        when = timezone.now() - seconds(ago)
        for _ in range(number):
            factories.task(generation, poll_after=when)
        return generation

    return make


def claimed(provider="wujie", limit=4):
    return [len(asked.tasks) for asked in lifecycle.claim_polls(provider, limit)]


def test_a_call_that_is_not_full_waits_for_more(due):
    due(10, 0.1)
    assert claimed() == []
    due(10, 0.05)
    assert claimed() == []
    due(10, 0.0)
    assert claimed() == [25]
    assert claimed() == []
    ProviderTask.objects.filter(poll_after__lte=timezone.now()).update(
        poll_after=timezone.now() - polling.BATCH_WAIT
    )
    assert claimed() == [5]


def test_nothing_waits_longer_than_that(due):
    due(1, 0.5)
    due(2, 0.1)
    assert claimed() == [3]


def test_a_callback_waits_for_no_others(due):
    generation = due(1, -60)
    lifecycle.make_due(generation)
    assert claimed() == [1]


def test_where_a_call_has_one_key_none_waits(due):
    due(2, 0.0, "jumdata")
    assert claimed("jumdata") == [1, 1]


@pytest.mark.parametrize("most", [1.0, 2.0, 3.0, 20.0, 500.0])
def test_no_second_sees_more_than_the_allowance(monkeypatch, most):
    """However leaders change, and however they take: each begins with nothing."""
    now, went, dice = 0.0, [], random.Random(most)
    monkeypatch.setattr(account_load.time, "monotonic", lambda: now)
    bucket = account_load.TokenBucket(most)
    assert bucket.left() == 0
    for _ in range(4000):
        now += dice.choice([0.0, 0.003, 0.05, 0.3, 1.7])
        if dice.random() < 0.05:
            bucket = account_load.TokenBucket(most)
        calls = dice.randint(0, bucket.left())
        bucket.take(calls)
        went += [now] * calls
    assert len(went) > 100
    # In order: what goes ``most`` calls later goes in another second.
    for begin, later in zip(went, went[int(most) :], strict=False):
        assert later >= begin + 0.9999


def test_what_one_call_takes_too_much_is_made_up_for(monkeypatch):
    now = 0.0
    monkeypatch.setattr(account_load.time, "monotonic", lambda: now)
    bucket = account_load.TokenBucket(8.0)
    now = 1.0
    assert bucket.left() == 2
    bucket.take(9)
    now = 2.0
    assert bucket.left() == 0
    now = 3.0
    assert bucket.left() == 2


def test_what_people_ask_beside_the_pump_is_made_up_for(monkeypatch):
    now = 0.0
    monkeypatch.setattr(account_load.time, "monotonic", lambda: now)
    bucket = account_load.TokenBucket(8.0, 100)
    now = 1.0
    bucket.take_direct(100)  # of before: an earlier leader made up for those
    assert bucket.left() == 2
    bucket.take_direct(109)
    bucket.take_direct(109)
    now = 2.0
    assert bucket.left() == 0
    now = 3.0
    assert bucket.left() == 2


def test_an_admins_allowance_counts(due):
    account = due(1, 0.0).account
    assert account_load.allowances()["wujie"] == (account_load.MOST_A_SECOND, 0)
    account.most_a_second = 3
    account.save()
    assert account_load.allowances()["wujie"] == (3, 0)
    assert account_load.at(account).round_seconds == pytest.approx(1 / 75)


def test_a_round_over_all_takes_as_long_as_the_allowance_says(due):
    generation = due(10, -60)
    assert account_load.at(generation.account).round_seconds == pytest.approx(10 / 500)
