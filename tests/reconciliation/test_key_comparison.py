"""Each difference of a key is found over real HTTP, and nothing else is."""

import datetime

import pytest
from django.utils import timezone

from gateways import catalogue
from generation import lifecycle
from generation.models import Generation, ProviderTask
from reconciliation import key_comparison
from reconciliation.models import Difference, Reconciliation
from tests.reconciliation.steps import kinds, let_it_be_drawn

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
Kind = Difference.Kind
Status = Generation.Status
DROP = {"kind": "drop"}


def test_books_that_agree(drawn, reconcile):
    drawn("one")
    drawn("two")
    run = reconcile()
    assert run.status == Reconciliation.Status.DONE
    assert (run.compared, run.matched, run.waiting, run.found) == (2, 2, 0, 0)
    assert (run.listed, run.asked, run.is_complete) == (2, 2, True)
    assert run.balance == 100_000 - 4
    assert run.charged == 4
    assert run.baseline is None
    drawn("three")
    second = reconcile()
    assert (second.compared, second.matched, second.found) == (3, 3, 0)
    assert (second.baseline, second.unexplained) == (run, 0)
    assert Difference.objects.count() == 0


def test_failed_and_refunded_work_agrees(wanted, reaches, reconcile):
    generation = wanted("sandbox:fail")
    reaches(generation, Status.FAILED)
    run = reconcile()
    assert (run.compared, run.matched, run.found) == (1, 1, 0)


def test_a_cost_that_was_not_the_estimate_agrees(drawn, sandbox, reconcile):
    reconcile()
    sandbox.switch(cost_factor=3)
    assert drawn().cost == 6
    run = reconcile()
    assert (run.matched, run.found, run.unexplained) == (1, 0, 0)


def test_what_is_under_way_is_no_difference(drawn, wanted, sandbox, reaches, reconcile):
    drawn()
    reconcile()
    sandbox.switch(draw_seconds=60)
    generation = wanted("slow", pictures=2)
    reaches(generation, Status.RUNNING)
    run = reconcile()
    assert (run.compared, run.matched, run.waiting, run.found) == (1, 1, 2, 0)
    assert (run.held, run.unexplained) == (4, 0)


def test_a_lost_answer_is_left_to_the_recovery(wanted, sandbox, reconcile):
    generation = wanted()
    sandbox.switch(faults={"wujie.create": DROP})
    (claim,) = lifecycle.claim_queued("wujie", 4)
    lifecycle.book_sent(claim, lifecycle.send(claim))
    generation.refresh_from_db()
    assert generation.status == Status.UNCERTAIN
    let_it_be_drawn(sandbox)
    run = reconcile()
    assert (run.waiting, run.found) == (1, 0)


def test_a_job_that_we_never_asked_for(drawn, strangers, sandbox, reconcile):
    drawn()
    reconcile()
    (key,) = strangers()
    let_it_be_drawn(sandbox)
    run = reconcile()
    assert kinds(run) == [Kind.MISSING_HERE]
    found = Difference.objects.get()
    assert (found.key, found.there, found.here, found.amount) == (key, 2, None, 2)
    assert (found.team, found.task) == (None, None)
    assert found.evidence["listed_as"] == "PICTURE"
    assert (run.compared, run.matched) == (2, 1)
    assert run.unexplained == 0


def test_a_job_that_was_just_made_is_awaited(
    drawn, strangers, sandbox, reconcile, monkeypatch
):
    drawn()
    reconcile()
    strangers()
    let_it_be_drawn(sandbox)
    monkeypatch.setattr(key_comparison, "GRACE_PERIOD", datetime.timedelta(minutes=5))
    run = reconcile()
    assert (kinds(run), run.waiting) == ([], 1)


def test_a_key_of_ours_that_is_not_there(
    drawn, wrongs, sandbox, reconcile, impatient_for_keys
):
    drawn("listed")
    lost = drawn("not listed")
    wrongs(hidden=[lost.key])
    run = reconcile()
    assert kinds(run) == [Kind.MISSING_THERE]
    found = Difference.objects.get()
    assert (found.key, found.task, found.here, found.there) == (lost.key, lost, 2, None)
    assert (found.amount, found.team) == (-2, lost.generation.team)
    assert (run.compared, run.matched, run.reading) == (2, 1, 2)


def test_a_young_key_is_awaited(drawn, wrongs, reconcile):
    drawn("listed")
    wrongs(hidden=[drawn("not listed").key])
    run = reconcile()
    assert (run.found, run.waiting, run.reading) == (0, 1, 1)


def test_another_cost_later(drawn, wrongs, reconcile):
    task = drawn()
    assert reconcile().found == 0
    wrongs(costs={task.key: 9})
    run = reconcile()
    assert kinds(run) == [Kind.AMOUNT]
    found = Difference.objects.get()
    assert (found.here, found.there, found.amount) == (2, 9, 7)
    assert (run.compared, run.matched, run.unexplained) == (1, 0, 0)


def test_a_line_that_is_there_twice(drawn, wrongs, reconcile):
    drawn("once")
    task = drawn("twice")
    wrongs(twice=[task.key])
    run = reconcile()
    assert kinds(run) == [Kind.DUPLICATE]
    found = Difference.objects.get()
    assert (found.key, found.amount) == (task.key, 0)
    assert found.evidence["second_position"] != found.evidence["position"]
    assert (run.compared, run.matched) == (2, 1)


def test_a_line_that_comes_late(drawn, wrongs, reconcile):
    drawn("in time")
    task = drawn("late")
    wrongs(hidden=[task.key])
    assert reconcile().found == 0
    wrongs(hidden=[])
    run = reconcile()
    assert kinds(run) == [Kind.LATE]
    found = Difference.objects.get()
    assert (found.key, found.here, found.there, found.amount) == (task.key, 2, 2, 0)
    assert run.unexplained == 0
    assert reconcile().found == 0


def test_late_by_the_gateway_s_own_clock(drawn, wrongs, reconcile):
    task = drawn("late")
    wrongs(late_seconds=3600)
    first = reconcile()
    assert (first.listed, first.found) == (0, 0)
    wrongs(late_seconds=0)
    assert kinds(reconcile()) == [Kind.LATE]
    assert Difference.objects.get().key == task.key


def test_nothing_is_reported_twice(drawn, strangers, sandbox, wrongs, reconcile):
    task = drawn()
    strangers()
    let_it_be_drawn(sandbox)
    wrongs(costs={task.key: 3}, twice=[task.key])
    assert reconcile().found == 3
    assert reconcile().found == 0
    assert Difference.objects.count() == 3


def test_a_cost_that_moves_again_replaces_what_was_said(drawn, wrongs, reconcile):
    task = drawn()
    wrongs(costs={task.key: 3})
    reconcile()
    wrongs(costs={task.key: 5})
    reconcile()
    first, second = Difference.objects.order_by("pk")
    assert (first.status, first.steps.get().action) == ("closed", "replace")
    assert (second.status, second.amount) == ("open", 3)
    wrongs()
    reconcile()
    second.refresh_from_db()
    assert (second.status, second.steps.get().action) == ("closed", "agree")


def test_what_was_drawn_before_the_portal_is_not_ours(strangers, sandbox, reconcile):
    strangers(3)
    let_it_be_drawn(sandbox)
    later = timezone.now() + datetime.timedelta(minutes=5)
    catalogue.account("wujie").__class__.objects.update(created_at=later)
    run = reconcile()
    assert (run.listed, run.compared, run.found) == (3, 0, 0)
    requests = sandbox.state()["requests"]["wujie.generating_info"]
    assert reconcile().found == 0
    assert sandbox.state()["requests"]["wujie.generating_info"] == requests


def test_jumdata_compares_our_own_books_alone(wanted, reaches, reconcile):
    generation = wanted("山水", provider="jumdata")
    reaches(generation, Status.DONE)
    run = reconcile("jumdata")
    assert (run.status, run.compared, run.matched) == ("done", 1, 1)
    assert (run.balance, run.listed, run.found) == (None, 0, 0)
    ProviderTask.objects.update(cost=3)
    run = reconcile("jumdata")
    assert kinds(run) == [Kind.AMOUNT]
    found = Difference.objects.get()
    assert (found.here, found.there, found.unit) == (1, None, "image")
