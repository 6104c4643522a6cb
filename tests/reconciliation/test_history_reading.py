"""The history is read page by page, to its end or not at all."""

import datetime

import pytest
from django.utils import timezone

from generation import lifecycle
from reconciliation import history_reading, runs
from reconciliation.models import Difference
from tests.reconciliation.steps import let_it_be_drawn, many

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
Kind = Difference.Kind


def test_what_arrives_during_a_run_is_not_missing(
    drawn, sandbox, wanted, short_pages, impatient_for_keys
):
    """New keys push the list down while it is read, page by page."""
    tasks = [drawn(f"number {number}") for number in range(4)]
    run = runs.start(tasks[0].account, asked_by=None)
    arrived = []
    while run.is_running:
        runs._take_turn(run)
        run.refresh_from_db()
        if len(arrived) < 6:
            arrived.append(wanted(f"meanwhile {len(arrived)}"))
            (claim,) = lifecycle.claim_queued("wujie", 1)
            lifecycle.book_sent(claim, lifecycle.send(claim))
    assert len(arrived) == 6
    assert (run.status, run.found) == ("done", 0)
    assert run.matched == run.compared >= 4


def test_thousands_of_lines_in_pages(strangers, sandbox, alice, wrongs, reconcile):
    tasks = many(strangers, sandbox, alice, 1200)
    type(tasks[0].account).objects.update(
        created_at=timezone.now() - datetime.timedelta(days=3)
    )
    let_it_be_drawn(sandbox)
    first = reconcile()
    assert (first.listed, first.matched, first.found) == (1200, 1200, 0)
    assert first.balance == 100_000 - 2400
    wrongs(
        hidden=[tasks[17].key],
        twice=[tasks[599].key, tasks[1101].key],
        costs={tasks[800].key: 4},
    )
    run = reconcile()
    found = dict(Difference.objects.values_list("key", "kind"))
    assert found == {
        tasks[17].key: Kind.MISSING_THERE,
        tasks[599].key: Kind.DUPLICATE,
        tasks[1101].key: Kind.DUPLICATE,
        tasks[800].key: Kind.AMOUNT,
    }
    assert (run.compared, run.matched) == (1200, 1196)
    # 1200 keys: 13 pages and 7 empty kinds, twice; 48 calls for costs; the balance.
    assert run.requests == 2 * (13 + 7) + 48 + 1


def test_a_list_without_an_end_proves_nothing(
    drawn, monkeypatch, reconcile, wrongs, short_pages, impatient_for_keys
):
    keys = [drawn(f"number {number}").key for number in range(5)]
    monkeypatch.setattr(history_reading, "MAX_PAGES_PER_KIND", 2)
    wrongs(twice=[keys[-1]], hidden=[keys[0]])
    run = reconcile()
    assert not run.is_complete
    assert Difference.objects.count() == 0
