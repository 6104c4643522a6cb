"""The pump's work does not grow with what was finished long ago.

Counted in steps of SQLite's own machine, which no other work on this computer changes;
PostgreSQL has no such count, so there is nothing to hold against it here.
"""

import pytest
from django.core.cache import cache
from django.db import connection
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


def test_a_turn_costs_the_same_after_years(alice, monkeypatch):
    monkeypatch.setattr(leader, "PAUSE_SECONDS", 0)
    account, team = catalogue.account("wujie"), alice.memberships.get().team
    catalogue.account("jumdata")
    an_open_task(alice)
    finished_rows.make(team, account, 400)
    turn()  # whatever is made once
    young = steps(turn)
    finished_rows.make(team, account, 4_000)
    old = steps(turn)
    assert old < 1.2 * young, (young, old)


@pytest.mark.parametrize("lane", ["send", "recover"])
def test_selection_and_recovery_cost_the_same_after_years(
    alice, settings, second_wujie, lane
):
    """Several accounts, one with a limit: what is there is counted for each claim."""
    settings.GATEWAYS = {**settings.GATEWAYS, "wujie-2": second_wujie}
    account, team = catalogue.account("wujie"), alice.memberships.get().team
    other = catalogue.account("wujie-2")
    GatewayAccount.objects.filter(pk=account.pk).update(most_open=5)
    an_open_task(alice)
    factories.generation(alice, account=other)
    lost = factories.generation(alice, status="uncertain")
    later = timezone.now() + timezone.timedelta(hours=1)
    SubmitRecovery.objects.create(generation=lost, look_after=later)
    finished_rows.make(team, account, 400)

    def claim():
        if lane == "recover":
            return lifecycle.claim_recoveries("wujie", 4)
        account.refresh_from_db()
        return account_selection.candidates([account, other], account, timezone.now())

    claim()
    young = steps(claim)
    finished_rows.make(team, account, 4_000)
    old = steps(claim)
    assert old < 1.2 * young + 5, (young, old)


@pytest.mark.parametrize("looks", ["for rivals", "what is left"])
def test_rare_looks_cost_the_same_after_years(alice, looks):
    """Whether another lost answer claims the same keys; whether an account is empty."""
    account, team = catalogue.account("wujie"), alice.memberships.get().team
    lost = factories.generation(alice, status="uncertain", prompt="lost")
    SubmitRecovery.objects.create(generation=lost, look_after=None)
    sent = matching.sent_fingerprint(lost)

    def look():
        if looks == "for rivals":
            return matching._has_rival(lost, sent)
        return not draining.is_drained(account)

    finished_rows.make(team, account, 400)
    assert not look()
    young = steps(look)
    finished_rows.make(team, account, 4_000)
    old = steps(look)
    assert old < 1.2 * young + 5, (young, old)
