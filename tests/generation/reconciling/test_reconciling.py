"""Each way in which two books can differ is found over real HTTP, and nothing else."""

import datetime
import time

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Team
from generation import books, catalogue, lifecycle, reconciling
from generation.books import costs
from generation.models import (
    Difference,
    Generation,
    HistoryLine,
    Inquiry,
    Lease,
    ProviderTask,
    Reconciliation,
)
from generation.providers.base import CostState
from generation.reconciling import BooksMoved, NotClosed, listing, running
from spend import ledger
from spend.models import Transfer
from tests import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
Kind = Difference.Kind
Status = Generation.Status
DROP = {"kind": "drop"}


def kinds(run):
    return sorted(Difference.objects.filter(run=run).values_list("kind", flat=True))


def spent():
    return ledger.balances(factories.team())["spent"]


def let_it_be_drawn(sandbox):
    deadline = time.monotonic() + 10
    while sandbox.state()["jobs_by_stage"].keys() - {"done"}:
        assert time.monotonic() < deadline
        time.sleep(0.02)


# --- Nothing is reported that is right


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


def test_a_lost_answer_is_left_to_the_inquiry(wanted, sandbox, reconcile):
    generation = wanted()
    sandbox.switch(faults={"wujie.create": DROP})
    (claim,) = lifecycle.claim_queued("wujie", 4)
    lifecycle.book_sent(claim, lifecycle.send(claim))
    generation.refresh_from_db()
    assert generation.status == Status.UNCERTAIN
    let_it_be_drawn(sandbox)
    run = reconcile()
    assert (run.waiting, run.found) == (1, 0)


def test_what_arrives_during_a_run_is_not_missing(
    drawn, sandbox, wanted, short_pages, impatient_for_keys
):
    """New keys push the list down while it is read, page by page."""
    tasks = [drawn(f"number {number}") for number in range(4)]
    run = reconciling.begin(tasks[0].account, asked_by=None)
    arrived = []
    while run.is_running:
        running._turn(run)
        run.refresh_from_db()
        if len(arrived) < 6:
            arrived.append(wanted(f"meanwhile {len(arrived)}"))
            (claim,) = lifecycle.claim_queued("wujie", 1)
            lifecycle.book_sent(claim, lifecycle.send(claim))
    assert len(arrived) == 6
    assert (run.status, run.found) == ("done", 0)
    assert run.matched == run.compared >= 4


# --- Each difference


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
    wrongs(late_seconds=3)
    first = reconcile()
    assert (first.listed, first.found) == (0, 0)
    time.sleep(3)
    assert kinds(reconcile()) == [Kind.LATE]
    assert Difference.objects.get().key == task.key


def test_integrals_that_went_by_themselves(drawn, wrongs, reconcile):
    drawn()
    first = reconcile()
    wrongs(gone=24)
    run = reconcile()
    assert kinds(run) == [Kind.BALANCE]
    found = Difference.objects.get()
    assert (found.amount, run.unexplained) == (24, -24)
    assert found.evidence["balance_before"] == first.balance
    assert found.evidence["balance_now"] == first.balance - 24
    assert reconcile().found == 0


def test_what_others_have_under_way_is_no_move_of_the_balance(
    drawn, strangers, sandbox, reconcile
):
    """What the gateway holds back for them is known when it tells their cost."""
    drawn()
    reconcile()
    sandbox.switch(draw_seconds=2)
    strangers(2)
    run = reconcile()
    assert (run.has_strangers, run.unexplained, run.found) == (True, None, 0)
    let_it_be_drawn(sandbox)
    run = reconcile()
    assert kinds(run) == [Kind.MISSING_HERE] * 2
    assert run.unexplained == 0


def test_a_first_run_beside_others_work_is_no_baseline(strangers, sandbox, reconcile):
    sandbox.switch(draw_seconds=2)
    strangers(2)
    reconcile()
    let_it_be_drawn(sandbox)
    run = reconcile()
    assert run.baseline is None
    assert kinds(run) == [Kind.MISSING_HERE] * 2


def test_what_is_charged_after_the_balance_was_read_is_no_move(drawn, reconcile):
    drawn()
    reconcile()
    run = reconciling.begin(catalogue.account("wujie"), asked_by=None)
    running._turn(run)  # the balance
    time.sleep(1)  # the gateway tells whole seconds
    drawn("meanwhile")
    while reconciling.work(run):
        pass
    run.refresh_from_db()
    assert (run.matched, run.late, run.unexplained, run.found) == (2, 2, 0, 0)
    after = reconcile()
    assert (after.matched, after.baseline.late, after.unexplained) == (2, 0, 0)


def test_integrals_that_were_bought(drawn, sandbox, reconcile):
    reconcile()
    sandbox.switch(balance=105_000)
    run = reconcile()
    assert kinds(run) == [Kind.BALANCE]
    assert Difference.objects.get().amount == -5000


def test_a_move_that_work_under_way_hides_is_found_when_it_ends(
    drawn, wanted, sandbox, reaches, wrongs, reconcile
):
    drawn()
    reconcile()
    sandbox.switch(draw_seconds=2)
    slow = wanted("slow", pictures=3)
    reaches(slow, Status.RUNNING)
    wrongs(gone=-3)
    hidden = reconcile()
    assert (hidden.held, hidden.unexplained, hidden.found) == (6, 0, 0)
    reaches(slow, Status.DONE)
    run = reconcile()
    assert kinds(run) == [Kind.BALANCE]
    assert (run.baseline.held, run.unexplained) == (0, 3)
    assert Difference.objects.get().amount == -3


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


# --- A gateway without a history


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


# --- Many lines


def many(strangers, sandbox, alice, number):
    """So many tasks of ours, drawn and paid, without a submit for each."""
    sandbox.switch(draw_seconds=0, submit_seconds=0, channels={"wujie": 50})
    keys = [key for _ in range(number // 100) for key in strangers(100)]
    generation = factories.generation(alice, status=Status.DONE, reserved=0)
    with transaction.atomic():
        subject = lifecycle.subject(generation)
        tasks = ProviderTask.objects.bulk_create(
            ProviderTask(
                generation=generation,
                account=generation.account,
                key=key,
                status="succeeded",
                cost=2,
                cost_state=CostState.CHARGED.value,
                is_booked=True,
                created_at=timezone.now() - datetime.timedelta(hours=30),
                finished_at=timezone.now(),
            )
            for key in keys
        )
        team = factories.team()
        ledger.allocate(team, "integral", 2 * number, by=None, reference="for many")
        ledger.reserve(subject, 2 * number, reference=generation.reference)
        ledger.settle_all(
            ledger.Settlement(subject, 2, 2, task.reference) for task in tasks
        )
    return tasks


def test_thousands_of_lines_in_pages(strangers, sandbox, alice, wrongs, reconcile):
    tasks = many(strangers, sandbox, alice, 2500)
    type(tasks[0].account).objects.update(
        created_at=timezone.now() - datetime.timedelta(days=3)
    )
    let_it_be_drawn(sandbox)
    first = reconcile()
    assert (first.listed, first.matched, first.found) == (2500, 2500, 0)
    assert first.balance == 100_000 - 5000
    wrongs(
        hidden=[tasks[17].key],
        twice=[tasks[1099].key, tasks[2300].key],
        costs={tasks[1500].key: 4},
    )
    run = reconcile()
    found = dict(Difference.objects.values_list("key", "kind"))
    assert found == {
        tasks[17].key: Kind.MISSING_THERE,
        tasks[1099].key: Kind.DUPLICATE,
        tasks[2300].key: Kind.DUPLICATE,
        tasks[1500].key: Kind.AMOUNT,
    }
    assert (run.compared, run.matched) == (2500, 2496)
    # 2500 keys: 26 pages and 7 empty kinds, twice; 100 calls for costs; the balance.
    assert run.requests == 2 * (26 + 7) + 100 + 1


# --- Runs: once, resumed, bounded


def test_one_run_at_a_time(drawn):
    account = drawn().account
    run = reconciling.begin(account, asked_by=None)
    assert reconciling.begin(account, asked_by=None) == run


def test_a_killed_run_goes_on_where_it_stopped(drawn, strangers, sandbox, reconcile):
    drawn()
    strangers()
    let_it_be_drawn(sandbox)
    run = reconciling.begin(catalogue.account("wujie"), asked_by=None)
    turns = 0
    while run.is_running:
        reconciling.work(run, seconds=0)  # leased, and not one turn
        fresh = Reconciliation.objects.get(pk=run.pk)
        running._turn(fresh)  # another process every time
        run.refresh_from_db()
        turns += 1
        assert run.turn == turns
    assert (run.compared, run.matched, run.found) == (2, 1, 1)


def test_of_two_workers_one_takes_a_turn(drawn):
    run = reconciling.begin(drawn().account, asked_by=None)
    stale = Reconciliation.objects.get(pk=run.pk)
    running._turn(run)
    lines = HistoryLine.objects.count()
    with pytest.raises(running.Overtaken):
        running._turn(stale)
    assert HistoryLine.objects.count() == lines
    run.refresh_from_db()
    assert run.turn == 1


def test_a_leased_run_is_left_alone(drawn):
    run = reconciling.begin(drawn().account, asked_by=None)
    Lease.take(f"reconcile-{run.account_id}", "another", 60)
    assert not reconciling.work(run)
    run.refresh_from_db()
    assert run.turn == 0


def test_no_transaction_is_open_while_the_gateway_is_asked(drawn, monkeypatch):
    from django.db import connection

    open_ones = []
    for module in (listing, running.balancing):
        monkeypatch.setattr(
            module,
            "wait_for_turn",
            lambda run: open_ones.append(connection.in_atomic_block),
        )
    run = reconciling.begin(drawn().account, asked_by=None)
    reconciling.work(run)
    assert len(open_ones) > 8
    assert not any(open_ones)


def test_a_silent_gateway_is_asked_again_later(drawn, sandbox, monkeypatch, reconcile):
    drawn()
    sandbox.switch(faults={"wujie.history": {"kind": "http_500", "times": 1}})
    run = reconcile()
    assert (run.is_running, run.failures, run.turn) == (True, 1, 2)
    assert run.resume_after > timezone.now()
    assert not reconciling.work(run)
    assert run not in reconciling.keep_up()
    Reconciliation.objects.update(resume_after=timezone.now())
    assert run in reconciling.keep_up()
    reconciling.work(run)
    run.refresh_from_db()
    assert (run.status, run.failures, run.found) == ("done", 0, 0)


def test_it_gives_up_in_the_end(drawn, sandbox, reconcile):
    drawn()
    sandbox.switch(faults={"wujie.history": {"kind": "http_500"}})
    for _ in range(running.MOST_FAILURES + 1):
        Reconciliation.objects.update(resume_after=timezone.now())
        run = reconcile()
    assert run.status == "failed"
    assert run.finished_at
    assert Difference.objects.count() == 0


def test_a_list_without_an_end_proves_nothing(
    drawn, monkeypatch, reconcile, wrongs, short_pages, impatient_for_keys
):
    keys = [drawn(f"number {number}").key for number in range(5)]
    monkeypatch.setattr(listing, "MOST_PAGES", 2)
    wrongs(twice=[keys[-1]], hidden=[keys[0]])
    run = reconcile()
    assert not run.is_complete
    assert Difference.objects.count() == 0


def test_a_run_a_day(drawn):
    drawn()
    runs = reconciling.keep_up()
    assert {run.account.provider for run in runs} == {"wujie", "jumdata"}
    Reconciliation.objects.update(status="done", finished_at=timezone.now())
    assert reconciling.keep_up() == []
    yesterday = timezone.now() - datetime.timedelta(hours=25)
    Reconciliation.objects.update(created_at=yesterday)
    assert len(reconciling.keep_up()) == 2


# --- Closing


@pytest.fixture
def dearer(drawn, wrongs, reconcile):
    """A difference of seven integrals, in alice's team."""
    task = drawn()
    wrongs(costs={task.key: 9})
    reconcile()
    return Difference.objects.get()


def test_an_explanation_closes_and_can_be_undone(dearer, otto):
    reconciling.explain(dearer, by=otto, note="agreed by mail")
    assert dearer.status == "closed"
    with pytest.raises(NotClosed):
        reconciling.explain(Difference.objects.get(), by=otto, note="again")
    reconciling.reopen(Difference.objects.get(), by=otto)
    assert Difference.objects.get().status == "open"
    steps = dearer.steps.order_by("pk").values_list("action", "by__username", "note")
    assert list(steps) == [
        ("explain", "otto", "agreed by mail"),
        ("reopen", "otto", ""),
    ]
    assert spent() == 2


def test_of_two_who_close_one_does(dearer, otto):
    one, other = Difference.objects.get(), Difference.objects.get()
    team = Team.objects.get(name="Studio")
    close = reconciling.close_by_transfer
    close(one, by=otto, team=team, person=otto, note="")
    with pytest.raises(NotClosed):
        close(other, by=otto, team=team, person=otto, note="")
    with pytest.raises(NotClosed):
        reconciling.reopen(Difference.objects.get(), by=otto)
    assert spent() == 9
    assert dearer.steps.count() == 1


def test_a_movement_brings_the_books_together(dearer, otto, alice, reconcile):
    team = Team.objects.get(name="Studio")
    reconciling.close_by_transfer(dearer, by=otto, team=team, person=otto, note="bill")
    row = Transfer.objects.get(reference=dearer.reference)
    assert (row.amount, row.user, row.generation) == (
        7,
        alice,
        dearer.task.generation_id,
    )
    run = reconcile()
    assert (run.compared, run.matched, run.found) == (1, 1, 0)
    assert list(books.broken()) == []


def answered_anew(task, sandbox, pump_until):
    """A callback comes, long after; the gateway is asked, and says what it cost."""
    long_ago = timezone.now() - datetime.timedelta(minutes=11)
    ProviderTask.objects.update(answered_at=long_ago, poll_after=None)
    polls = ProviderTask.objects.get(pk=task.pk).polls
    lifecycle.look_again(task.generation)
    pump_until(lambda: ProviderTask.objects.get(pk=task.pk).polls > polls)


def test_what_a_movement_closed_no_callback_books_again(
    dearer, otto, sandbox, pump_until, reconcile
):
    team = Team.objects.get(name="Studio")
    reconciling.close_by_transfer(dearer, by=otto, team=team, person=otto, note="bill")
    assert ProviderTask.objects.get().cost == 9
    answered_anew(dearer.task, sandbox, pump_until)
    assert spent() == 9
    assert reconcile().found == 0
    assert list(books.broken()) == []


def test_what_a_callback_booked_no_movement_books_again(
    dearer, otto, sandbox, pump_until, reconcile
):
    answered_anew(dearer.task, sandbox, pump_until)
    assert spent() == 9
    team = Team.objects.get(name="Studio")
    with pytest.raises(BooksMoved):
        reconciling.close_by_transfer(
            dearer, by=otto, team=team, person=otto, note="bill"
        )
    assert spent() == 9
    assert reconcile().found == 0
    assert Difference.objects.get().status == "closed"
    assert list(books.broken()) == []


def test_what_is_not_there_is_taken_back(
    drawn, wrongs, reconcile, otto, impatient_for_keys
):
    drawn("listed")
    task = drawn("not listed")
    wrongs(hidden=[task.key])
    reconcile()
    found = Difference.objects.get()
    team = Team.objects.get(name="Studio")
    assert spent() == 4
    reconciling.close_by_transfer(found, by=otto, team=team, person=otto, note="")
    assert spent() == 2
    assert reconcile().found == 0
    assert list(books.broken()) == []


def test_what_nobody_asked_for_is_booked_to_somebody(
    strangers, sandbox, reconcile, otto
):
    reconcile()
    strangers()
    let_it_be_drawn(sandbox)
    reconcile()
    found = Difference.objects.get()
    team = otto.memberships.get().team
    reconciling.close_by_transfer(found, by=otto, team=team, person=otto, note="")
    row = Transfer.objects.get(reference=found.reference)
    assert (row.user, row.team, row.amount) == (otto, team, 2)
    assert list(books.broken()) == []


def test_what_was_booked_to_somebody_no_lost_answer_adopts(
    wanted, sandbox, reconcile, otto, pump_until, impatient_for_keys
):
    """Looked for in vain for a day, then booked as nobody's; then a callback comes."""
    reconcile()
    sandbox.switch(faults={"wujie.create": DROP})
    generation = wanted("lost")
    (claim,) = lifecycle.claim_queued("wujie", 4)
    lifecycle.book_sent(claim, lifecycle.send(claim))
    sandbox.switch(faults=None)
    Inquiry.objects.update(look_after=None)
    let_it_be_drawn(sandbox)
    reconcile()
    found = Difference.objects.get()
    assert found.kind == Kind.MISSING_HERE
    team = otto.memberships.get().team
    reconciling.close_by_transfer(found, by=otto, team=team, person=otto, note="")
    lifecycle.look_again(Generation.objects.get(pk=generation.pk))
    pump_until(lambda: Inquiry.objects.get().looks > 0)
    assert Generation.objects.get(pk=generation.pk).status == Status.UNCERTAIN
    assert not ProviderTask.objects.exists()
    assert list(books.broken()) == []


def test_what_came_back_cannot_be_booked(sandbox, reconcile, otto):
    reconcile()
    sandbox.switch(balance=100_100)
    reconcile()
    found = Difference.objects.get()
    assert not reconciling.can_move(found)
    with pytest.raises(NotClosed):
        reconciling.close_by_transfer(
            found, by=otto, team=factories.team(), person=otto, note=""
        )
    assert Difference.objects.get().status == "open"


def test_the_standing_says_it_in_two_queries(dearer, otto, django_assert_num_queries):
    accounts = [catalogue.account(name) for name in ("wujie", "jumdata")]
    team = Team.objects.get(name="Studio")
    with django_assert_num_queries(2):
        wujie, jumdata = reconciling.standing(accounts, team)
    assert (wujie.open, wujie.drift) == (1, 7)
    assert (wujie.last.matched, wujie.last.compared) == (0, 1)
    assert (jumdata.open, jumdata.last) == (0, None)


def test_what_the_history_never_lists_is_counted_as_booked(
    drawn, reconcile, alice, strangers, sandbox, wrongs
):
    """Of an operation of which no key is ever listed our own books are all there is."""
    drawn()
    assert reconcile().elsewhere == 0
    (key,) = strangers()
    let_it_be_drawn(sandbox)
    wrongs(hidden=[key])
    generation = factories.generation(
        alice, operation="unlisted", status=Status.DONE, reserved=2
    )
    task = factories.task(generation, key=key, status="succeeded", cost=2)
    with transaction.atomic():
        subject = lifecycle.subject(generation)
        ledger.settle(subject, 2, 2, reference=task.reference)
        ProviderTask.objects.filter(pk=task.pk).update(is_booked=True)
    run = reconcile()
    assert (run.elsewhere, run.held, run.unexplained, run.found) == (2, 0, 0, 0)
    assert (run.compared, run.matched) == (1, 1)


def test_a_run_asks_the_database_little(
    strangers, sandbox, alice, reconcile, django_assert_max_num_queries
):
    many(strangers, sandbox, alice, 300)
    let_it_be_drawn(sandbox)
    reconcile()
    run = reconciling.begin(catalogue.account("wujie"), asked_by=None)
    with django_assert_max_num_queries(500):  # 11 pages, 12 calls for costs
        reconciling.work(run, seconds=60)
    run.refresh_from_db()
    assert run.matched == 300


def test_broken_closings_are_found(dearer, otto):
    assert list(costs.wrong_differences()) == []
    dearer.advance("closed")
    assert "nothing says how" in next(costs.wrong_differences())
    dearer.steps.create(action="transfer", by=otto)
    assert "is not there" in next(costs.wrong_differences())
    dearer.advance("open")
    assert len(list(costs.wrong_differences())) == 2
