"""A run is started once, resumed, bounded, and finds all differences together."""

import datetime

import pytest
from django.utils import timezone

from gateways import catalogue
from generation.models import Lease
from reconciliation import history_reading, runs
from reconciliation.models import Difference, HistoryLine, Reconciliation
from tests.reconciliation.steps import kinds, let_it_be_drawn, many

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
Kind = Difference.Kind


def test_all_of_them_together(
    drawn, strangers, sandbox, wrongs, reconcile, impatient_for_keys
):
    tasks = [drawn(f"number {number}") for number in range(5)]
    late, hidden, twice, dear, _ = tasks
    wrongs(hidden=[late.key, hidden.key])
    assert kinds(reconcile()) == [Kind.MISSING_THERE] * 2
    strangers()
    let_it_be_drawn(sandbox)
    wrongs(hidden=[hidden.key], twice=[twice.key], costs={dear.key: 5}, gone=100)
    run = reconcile()
    assert kinds(run) == sorted(
        [Kind.AMOUNT, Kind.BALANCE, Kind.DUPLICATE, Kind.LATE, Kind.MISSING_HERE]
    )
    assert (run.compared, run.matched) == (6, 1)
    arrived = Difference.objects.get(key=late.key, kind=Kind.MISSING_THERE)
    assert arrived.status == "closed"
    assert arrived.steps.get().action == "agree"
    wrongs()
    # What was gone is back, and so is the key.
    assert kinds(reconcile()) == [Kind.BALANCE, Kind.LATE]
    assert Difference.objects.get(key=dear.key).steps.get().action == "agree"


def test_one_run_at_a_time(drawn):
    account = drawn().account
    run = runs.start(account, asked_by=None)
    assert runs.start(account, asked_by=None) == run


def test_a_killed_run_goes_on_where_it_stopped(drawn, strangers, sandbox, reconcile):
    drawn()
    strangers()
    let_it_be_drawn(sandbox)
    run = runs.start(catalogue.account("wujie"), asked_by=None)
    turns = 0
    while run.is_running:
        runs.take_turns(run, seconds=0)  # leased, and not one turn
        fresh = Reconciliation.objects.get(pk=run.pk)
        runs._take_turn(fresh)  # another process every time
        run.refresh_from_db()
        turns += 1
        assert run.turn == turns
    assert (run.compared, run.matched, run.found) == (2, 1, 1)


def test_of_two_workers_one_takes_a_turn(drawn):
    run = runs.start(drawn().account, asked_by=None)
    stale = Reconciliation.objects.get(pk=run.pk)
    runs._take_turn(run)
    lines = HistoryLine.objects.count()
    with pytest.raises(runs.Overtaken):
        runs._take_turn(stale)
    assert HistoryLine.objects.count() == lines
    run.refresh_from_db()
    assert run.turn == 1


def test_a_leased_run_is_left_alone(drawn):
    run = runs.start(drawn().account, asked_by=None)
    Lease.take(f"reconcile-{run.account_id}", "another", 60)
    assert not runs.take_turns(run)
    run.refresh_from_db()
    assert run.turn == 0


def test_no_transaction_is_open_while_the_gateway_is_asked(drawn, monkeypatch):
    from django.db import connection

    open_ones = []
    for module in (history_reading, runs.balance_comparison):
        monkeypatch.setattr(
            module,
            "wait_for_rate_limit",
            lambda run: open_ones.append(connection.in_atomic_block),
        )
    run = runs.start(drawn().account, asked_by=None)
    runs.take_turns(run)
    assert len(open_ones) > 8
    assert not any(open_ones)


def test_a_silent_gateway_is_asked_again_later(drawn, sandbox, monkeypatch, reconcile):
    drawn()
    sandbox.switch(faults={"wujie.history": {"kind": "http_500", "times": 1}})
    run = reconcile()
    assert (run.is_running, run.failures, run.turn) == (True, 1, 2)
    assert run.resume_after > timezone.now()
    assert not runs.take_turns(run)
    assert run not in runs.resumable()
    Reconciliation.objects.update(resume_after=timezone.now())
    assert run in runs.resumable()
    runs.take_turns(run)
    run.refresh_from_db()
    assert (run.status, run.failures, run.found) == ("done", 0, 0)


def test_it_gives_up_in_the_end(drawn, sandbox, reconcile):
    drawn()
    sandbox.switch(faults={"wujie.history": {"kind": "http_500"}})
    for _ in range(runs.MAX_FAILURES + 1):
        Reconciliation.objects.update(resume_after=timezone.now())
        run = reconcile()
    assert run.status == "failed"
    assert run.finished_at
    assert Difference.objects.count() == 0


def test_a_run_a_day(drawn):
    drawn()
    runs.start_daily()
    begun = runs.resumable()
    assert {run.account.provider for run in begun} == {"wujie", "jumdata"}
    Reconciliation.objects.update(status="done", finished_at=timezone.now())
    runs.start_daily()
    assert runs.resumable() == []
    yesterday = timezone.now() - datetime.timedelta(hours=25)
    Reconciliation.objects.update(created_at=yesterday)
    runs.start_daily()
    assert len(runs.resumable()) == 2


def test_a_run_asks_the_database_little(
    strangers, sandbox, alice, reconcile, django_assert_max_num_queries
):
    many(strangers, sandbox, alice, 300)
    let_it_be_drawn(sandbox)
    reconcile()
    run = runs.start(catalogue.account("wujie"), asked_by=None)
    with django_assert_max_num_queries(500):  # 11 pages, 12 calls for costs
        runs.take_turns(run, seconds=60)
    run.refresh_from_db()
    assert run.matched == 300
