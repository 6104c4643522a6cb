"""200 people submit at once under a limit for 50."""

import threading
import uuid

import pytest
from django.db import connection
from django.utils import timezone

from gateways.providers.base import Quote
from generation import lifecycle
from generation.models import Generation
from generation.operations import OPERATIONS
from spend import budgets, ledger, ledger_invariants
from spend.models import Budget, Transfer
from spend.units import Unit
from tests import factories
from tests.generation.test_submit import CLEANED

pytestmark = pytest.mark.both_databases

#: Simultaneous connections; the default limit of PostgreSQL is 100.
CONNECTIONS = 20
COST = 4


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("whose", ["person", "team", "operation", "gateway", "project"])
def test_of_two_hundred_submits_exactly_fifty_fit(whose: str) -> None:
    alice = factories.alice()
    operation, team = OPERATIONS["wujie-drawing"], factories.team()
    gateway = factories.account("wujie").purse
    terms = {
        "person": {"user": alice},
        "team": {},
        "operation": {"operation": operation.slug},
        "gateway": {"gateway": gateway},
        "project": {
            "period": "project",
            "project": "Film",
            "starts_on": timezone.localdate(),
        },
    }[whose]
    budget = Budget.objects.create(team=team, limit=50 * COST, **terms)
    seats, start = threading.Semaphore(CONNECTIONS), threading.Barrier(200)
    raised: list[BaseException] = []

    def submit() -> None:
        start.wait()
        with seats:
            try:
                lifecycle.submit(
                    operation=operation,
                    cleaned=CLEANED,
                    quote=Quote(cost=COST, unit=Unit.INTEGRAL),
                    requested_by=alice,
                    team=team,
                    submit_key=uuid.uuid4(),
                )
            except Exception as error:
                raised.append(error)
            finally:
                connection.close()

    threads = [threading.Thread(target=submit) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {type(error) for error in raised} == {budgets.BudgetExceeded}
    assert len(raised) == 150
    assert Generation.objects.count() == 50
    assert Transfer.objects.filter(kind="reserve").count() == 50
    assert budget.months.get().used == 50 * COST
    assert ledger.balances(team)["reserved"] == 50 * COST
    assert list(ledger_invariants.broken()) == []
