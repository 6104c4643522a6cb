"""What the gateway changes after the end, over the wire: noticed, and booked once."""

import datetime

import pytest
from django.utils import timezone

from generation import lifecycle
from generation.lifecycle import poll_schedule
from generation.lifecycle.intervals import GrowingInterval
from generation.models import Artwork, Generation, ProviderTask
from reconciliation import invariants
from spend import ledger

pytestmark = pytest.mark.both_databases

Status = Generation.Status


@pytest.fixture(autouse=True)
def watched_closely(monkeypatch):
    monkeypatch.setattr(poll_schedule, "AFTER_END", GrowingInterval(1.0, 0.2, 0.2))


def spent(generation):
    return ledger.balances(generation.team)["spent"]


def paid(sandbox, generation):
    return sandbox.state()["accounts"][generation.account.app_id]["paid"]


def struck(sandbox, kind, **rule):
    fault = {"kind": kind, "times": 1, "seconds": 1.0, **rule}
    sandbox.switch(faults={"wujie.job": fault})


def test_a_failure_that_turns_out_to_be_drawn_is_archived_and_paid_once(
    wanted, reaches, pump_until, sandbox
):
    struck(sandbox, "flip")
    generation = wanted()
    reaches(generation, Status.FAILED)
    assert spent(generation) == 0
    reaches(generation, Status.DONE)
    pump_until(lambda: Artwork.objects.exclude(stored_at=None).exists())
    assert spent(generation) == paid(sandbox, generation) == 2
    assert list(invariants.broken()) == []


def test_a_failure_is_given_back_later(wanted, reaches, pump_until, sandbox):
    struck(sandbox, "refund_later")
    generation = wanted()
    reaches(generation, Status.FAILED)
    assert spent(generation) == 2
    pump_until(lambda: spent(generation) == 0)
    assert paid(sandbox, generation) == 0
    assert list(invariants.broken()) == []


def test_a_success_that_costs_more_later_is_noticed_by_a_callback(
    wanted, reaches, pump_until, sandbox
):
    struck(sandbox, "recharge", factor=3)
    generation = wanted()
    reaches(generation, Status.DONE)
    pump_until(lambda: paid(sandbox, generation) == 6)
    assert spent(generation) == 2
    lifecycle.make_due(generation)
    (task,) = ProviderTask.objects.all()
    assert task.poll_after > timezone.now() + datetime.timedelta(minutes=9)
    long_ago = timezone.now() - datetime.timedelta(minutes=11)
    ProviderTask.objects.update(answered_at=long_ago, poll_after=None)
    for _ in range(3):
        lifecycle.make_due(generation)
    pump_until(lambda: spent(generation) == 6)
    assert list(invariants.broken()) == []
