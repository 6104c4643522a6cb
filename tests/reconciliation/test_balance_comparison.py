"""The change of the balance is explained by costs, or reported."""

import time

import pytest
from django.db import transaction

from gateways import catalogue
from generation import lifecycle
from generation.models import Generation, ProviderTask
from reconciliation import runs
from reconciliation.models import Difference
from spend import ledger
from tests import factories
from tests.reconciliation.steps import kinds, let_it_be_drawn

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
Kind = Difference.Kind
Status = Generation.Status


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
    run = runs.start(catalogue.account("wujie"), asked_by=None)
    runs._take_turn(run)  # the balance
    time.sleep(1)  # the gateway tells whole seconds
    drawn("meanwhile")
    while runs.take_turns(run):
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
    sandbox.switch(draw_seconds=3600)
    slow = wanted("slow", pictures=3)
    reaches(slow, Status.RUNNING)
    wrongs(gone=-3)
    hidden = reconcile()
    assert (hidden.held, hidden.unexplained, hidden.found) == (6, 0, 0)
    sandbox.finish()
    reaches(slow, Status.DONE)
    run = reconcile()
    assert kinds(run) == [Kind.BALANCE]
    assert (run.baseline.held, run.unexplained) == (0, 3)
    assert Difference.objects.get().amount == -3


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
        subject = lifecycle.ledger_subject(generation)
        ledger.settle(subject, 2, 2, reference=task.reference)
        ProviderTask.objects.filter(pk=task.pk).update(is_booked=True)
    run = reconcile()
    assert (run.elsewhere, run.held, run.unexplained, run.found) == (2, 0, 0, 0)
    assert (run.compared, run.matched) == (1, 1)
