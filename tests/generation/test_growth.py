"""The pump's work does not grow with what was finished long ago.

Counted in steps of SQLite's own machine, which no other work on this computer changes;
PostgreSQL has no such count, so there is nothing to hold against it here.
"""

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone

from bench import finished_rows
from gateways import catalogue
from gateways.models import GatewayAccount
from generation import lifecycle
from generation.lifecycle import account_selection, draining
from generation.lifecycle.submit_recovery import matching
from generation.models import ProviderTask, SubmitRecovery
from tests import factories
from wjportal.engine import leader

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.skipif(
        connection.vendor != "sqlite", reason="Only SQLite counts its steps"
    ),
]
STEPS = 10


def steps(work):
    """Of SQLite's machine, in tens."""
    seen = [0]

    def count():
        seen[0] += 1

    connection.ensure_connection()
    connection.connection.set_progress_handler(count, STEPS)
    try:
        work()
    finally:
        connection.connection.set_progress_handler(None, STEPS)
    return seen[0]


def turn():
    cache.clear()  # what is known of an account is found out anew, too
    state = leader.LeaderState()
    state.read_allowances()
    for bucket in state.buckets.values():
        bucket._at -= 1  # every lane may go
    leader.turn(state)
    lifecycle.sweep_stuck()


def an_open_task(alice):
    generation = factories.generation(alice, status="running")
    later = timezone.now() + timezone.timedelta(hours=1)
    factories.task(generation, status=ProviderTask.Status.DRAWING, poll_after=later)


# --- What is done: each makes its rows, and gives back the work


def a_turn(alice):
    catalogue.account("jumdata")
    an_open_task(alice)
    return turn


def waiting(alice):
    """Several accounts, one with a limit: what is there is counted for each claim."""
    account, other = (catalogue.account(name) for name in ("wujie", "wujie-2"))
    GatewayAccount.objects.filter(pk=account.pk).update(most_open=5)
    an_open_task(alice)
    factories.generation(alice, account=other)
    lost = factories.generation(alice, status="uncertain")
    later = timezone.now() + timezone.timedelta(hours=1)
    SubmitRecovery.objects.create(generation=lost, look_after=later)
    return account, other


def a_selection(alice):
    account, other = waiting(alice)

    def claim():
        account.refresh_from_db()
        return account_selection.candidates([account, other], account, timezone.now())

    return claim


def a_recovery(alice):
    waiting(alice)
    return lambda: lifecycle.claim_recoveries("wujie", 4)


def a_lost_one(alice):
    lost = factories.generation(alice, status="uncertain", prompt="lost")
    SubmitRecovery.objects.create(generation=lost, look_after=None)
    return lost


def for_rivals(alice):
    """Whether another lost answer claims the same keys."""
    lost = a_lost_one(alice)
    sent = matching.sent_fingerprint(lost)

    def look():
        assert not matching._has_rival(lost, sent)

    return look


def what_is_left(alice):
    """Whether an account is empty."""
    a_lost_one(alice)
    account = catalogue.account("wujie")

    def look():
        assert draining.is_drained(account)

    return look


#: Beside a fifth more, so many tens of steps.
WORK = {a_turn: 0, a_selection: 5, a_recovery: 5, for_rivals: 5, what_is_left: 5}
OF_SEVERAL_ACCOUNTS = (a_selection, a_recovery)


def cost(prepare, alice):
    """Of the second time: whatever is made once is made by then."""
    with transaction.atomic():
        work = prepare(alice)
        work()
        counted = steps(work)
        transaction.set_rollback(True)
    return counted


def test_it_costs_the_same_after_years(alice, settings, second_wujie, monkeypatch):
    monkeypatch.setattr(leader, "PAUSE_SECONDS", 0)
    team, account = alice.memberships.get().team, catalogue.account("wujie")
    one = settings.GATEWAYS
    several = {**one, "wujie-2": second_wujie}

    def costs():
        found = {}
        for each in WORK:
            settings.GATEWAYS = several if each in OF_SEVERAL_ACCOUNTS else one
            found[each] = cost(each, alice)
        return found

    finished_rows.make(team, account, 400)
    young = costs()
    finished_rows.make(team, account, 4_000)
    old = costs()
    assert not {
        each.__name__: (young[each], old[each])
        for each, more in WORK.items()
        if old[each] >= 1.2 * young[each] + more
    }
