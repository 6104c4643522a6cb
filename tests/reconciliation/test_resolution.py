"""A difference is closed once, by an explanation or a transfer."""

import datetime

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Team
from gallery.models import Entry
from generation import lifecycle
from generation.models import Generation, ProviderTask, SubmitRecovery
from reconciliation import invariants, resolution
from reconciliation.invariants import money
from reconciliation.models import Difference
from reconciliation.resolution import BooksMoved, NotClosed
from spend.models import Transfer
from tests import factories
from tests.reconciliation.steps import let_it_be_drawn, spent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
Kind = Difference.Kind
Status = Generation.Status
DROP = {"kind": "drop"}


def test_an_explanation_closes_and_can_be_undone(dearer, otto):
    resolution.explain(dearer, by=otto, note="agreed by mail")
    assert dearer.status == "closed"
    with pytest.raises(NotClosed):
        resolution.explain(Difference.objects.get(), by=otto, note="again")
    resolution.reopen(Difference.objects.get(), by=otto)
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
    close = resolution.close_by_transfer
    close(one, by=otto, team=team, person=otto, note="")
    with pytest.raises(NotClosed):
        close(other, by=otto, team=team, person=otto, note="")
    with pytest.raises(NotClosed):
        resolution.reopen(Difference.objects.get(), by=otto)
    assert spent() == 9
    assert dearer.steps.count() == 1


def test_a_movement_brings_the_books_together(dearer, otto, alice, reconcile):
    team = Team.objects.get(name="Studio")
    resolution.close_by_transfer(dearer, by=otto, team=team, person=otto, note="bill")
    row = Transfer.objects.get(reference=dearer.reference)
    assert (row.amount, row.user, row.generation) == (
        7,
        alice,
        dearer.task.generation_id,
    )
    run = reconcile()
    assert (run.compared, run.matched, run.found) == (1, 1, 0)
    assert list(invariants.broken()) == []


def test_the_gallery_sorts_by_what_a_movement_booked(dearer, otto):
    team, now = Team.objects.get(name="Studio"), timezone.now()
    with transaction.atomic():
        for artwork in dearer.task.artworks.all():
            artwork.moderate("released", now)
    resolution.close_by_transfer(dearer, by=otto, team=team, person=otto, note="bill")
    assert set(Entry.objects.values_list("cost", flat=True)) == {9}


def answered_anew(task, sandbox, pump_until):
    """A callback comes, long after; the gateway is asked, and says what it cost."""
    long_ago = timezone.now() - datetime.timedelta(minutes=11)
    ProviderTask.objects.update(answered_at=long_ago, poll_after=None)
    polls = ProviderTask.objects.get(pk=task.pk).polls
    lifecycle.make_due(task.generation)
    pump_until(lambda: ProviderTask.objects.get(pk=task.pk).polls > polls)


def test_what_a_movement_closed_no_callback_books_again(
    dearer, otto, sandbox, pump_until, reconcile
):
    team = Team.objects.get(name="Studio")
    resolution.close_by_transfer(dearer, by=otto, team=team, person=otto, note="bill")
    assert ProviderTask.objects.get().cost == 9
    answered_anew(dearer.task, sandbox, pump_until)
    assert spent() == 9
    assert reconcile().found == 0
    assert list(invariants.broken()) == []


def test_what_a_callback_booked_no_movement_books_again(
    dearer, otto, sandbox, pump_until, reconcile
):
    answered_anew(dearer.task, sandbox, pump_until)
    assert spent() == 9
    team = Team.objects.get(name="Studio")
    with pytest.raises(BooksMoved):
        resolution.close_by_transfer(
            dearer, by=otto, team=team, person=otto, note="bill"
        )
    assert spent() == 9
    assert reconcile().found == 0
    assert Difference.objects.get().status == "closed"
    assert list(invariants.broken()) == []


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
    resolution.close_by_transfer(found, by=otto, team=team, person=otto, note="")
    assert spent() == 2
    assert reconcile().found == 0
    assert list(invariants.broken()) == []


def test_what_nobody_asked_for_is_booked_to_somebody(
    strangers, sandbox, reconcile, otto
):
    reconcile()
    strangers()
    let_it_be_drawn(sandbox)
    reconcile()
    found = Difference.objects.get()
    team = otto.memberships.get().team
    resolution.close_by_transfer(found, by=otto, team=team, person=otto, note="")
    row = Transfer.objects.get(reference=found.reference)
    assert (row.user, row.team, row.amount) == (otto, team, 2)
    assert list(invariants.broken()) == []


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
    SubmitRecovery.objects.update(look_after=None)
    let_it_be_drawn(sandbox)
    reconcile()
    found = Difference.objects.get()
    assert found.kind == Kind.MISSING_HERE
    team = otto.memberships.get().team
    resolution.close_by_transfer(found, by=otto, team=team, person=otto, note="")
    lifecycle.make_due(Generation.objects.get(pk=generation.pk))
    pump_until(lambda: SubmitRecovery.objects.get().looks > 0)
    assert Generation.objects.get(pk=generation.pk).status == Status.UNCERTAIN
    assert not ProviderTask.objects.exists()
    assert list(invariants.broken()) == []


def test_what_came_back_cannot_be_booked(sandbox, reconcile, otto):
    reconcile()
    sandbox.switch(balance=100_100)
    reconcile()
    found = Difference.objects.get()
    assert not resolution.can_transfer(found)
    with pytest.raises(NotClosed):
        resolution.close_by_transfer(
            found, by=otto, team=factories.team(), person=otto, note=""
        )
    assert Difference.objects.get().status == "open"


def test_broken_closings_are_found(dearer, otto):
    assert list(money.wrong_differences()) == []
    dearer.advance("closed")
    assert "nothing says how" in next(money.wrong_differences())
    dearer.steps.create(action="transfer", by=otto)
    assert "is not there" in next(money.wrong_differences())
    dearer.advance("open")
    assert len(list(money.wrong_differences())) == 2
