"""Steps that tests of reconciliation share."""

import datetime
import time

from django.db import transaction
from django.utils import timezone

from gateways.providers.base import CostState
from generation import lifecycle
from generation.models import Generation, ProviderTask
from reconciliation.models import Difference
from spend import ledger
from tests import factories

Status = Generation.Status


def kinds(run):
    return sorted(Difference.objects.filter(run=run).values_list("kind", flat=True))


def spent():
    return ledger.balances(factories.team())["spent"]


def let_it_be_drawn(sandbox):
    deadline = time.monotonic() + 60
    while sandbox.state()["jobs_by_stage"].keys() - {"done"}:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def many(strangers, sandbox, alice, number):
    """``number`` tasks of ours, succeeded and settled, without a submit for each."""
    sandbox.switch(draw_seconds=0, submit_seconds=0, channels={"wujie": 50})
    keys = [key for _ in range(number // 100) for key in strangers(100)]
    generation = factories.generation(alice, status=Status.DONE, reserved=0)
    with transaction.atomic():
        subject = lifecycle.ledger_subject(generation)
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
