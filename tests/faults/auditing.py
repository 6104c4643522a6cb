"""Reconciliation of the portal under faults, and the admin who closes differences.

Charges that the gateway changed after its last answer are found here. The admin books
some of them, loses a race with a callback for others, and leaves the rest to callbacks.
Then callbacks arrive for all of them: no transfer may happen twice.
"""

import random
import time
from collections import Counter
from collections.abc import Iterable

import httpx
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from gateways import catalogue
from gateways.models import GatewayAccount
from generation.models import ProviderTask
from reconciliation import resolution, runs, tasks
from reconciliation.models import Difference, Reconciliation
from tests.faults.menu import LATEST
from tests.faults.portal import Portal, until

Kind = Difference.Kind
#: Seconds without progress of a run, and between two nudges of an interrupted one.
THROUGH = 300.0
NUDGE = 1.0


def account() -> GatewayAccount:
    """The account at the gateway with a history."""
    return catalogue.account("wujie")


def begin() -> Reconciliation:
    run = runs.start(account(), asked_by=None)
    tasks.nudge(run.pk)
    return run


def reconcile() -> Reconciliation:
    """A run that starts now, after the running one has ended."""
    began = timezone.now()
    run = begin()
    while True:
        until(
            lambda run=run: _is_over(run),
            THROUGH,
            f"{run} is over",
            progress=lambda run=run: (run.turn, run.requests),
        )
        if run.created_at >= began:
            return run
        run = begin()


def _is_over(run: Reconciliation) -> bool:
    """Continue interrupted runs, as the schedule does, only more often."""
    run.refresh_from_db()
    if run.is_running:
        tasks.nudge(run.pk)
        time.sleep(NUDGE)
    return not run.is_running


def audit(portal: Portal, admin: User, dice: random.Random) -> "Counter[str]":
    """Find, close, and call back; returns each difference and how it was closed."""
    until(lambda: _is_said(portal), THROUGH, "the gateway's costs are final")
    reconcile()
    closed: Counter[str] = Counter()
    differences = list(
        Difference.objects.open().select_related("task__generation", "account")
    )
    for difference in differences:
        how = "left to a later answer"
        if difference.kind != Kind.AMOUNT:
            resolution.explain(difference, by=admin, note="a drifting balance")
            how = "explained"
        elif (chance := dice.random()) < 0.7:
            if chance < 0.35:
                call_back(portal, [difference])
                until(lambda row=difference: _is_booked(row), THROUGH, "its new cost")
            how = _book(difference, admin)
        closed[f"{difference.kind}, {how}"] += 1
    call_back(portal, differences)
    return closed


def _is_said(portal: Portal) -> bool:
    state = portal.sandbox.state()
    ends = [job["end"] for job in state["jobs"] if not job["cancelled"]]
    return all(end and end + LATEST < state["now"] for end in ends)


def _is_booked(difference: Difference) -> bool:
    task = ProviderTask.objects.get(pk=difference.task_id)
    return task.cost == difference.there


def _book(difference: Difference, admin: User) -> str:
    team = admin.memberships.get().team
    try:
        resolution.close_by_transfer(
            difference, by=admin, team=team, person=admin, note="as charged"
        )
    except resolution.BooksMoved:
        return "booked by an answer before"
    return "booked by a movement"


def call_back(portal: Portal, differences: Iterable[Difference]) -> None:
    for difference in differences:
        if difference.task:
            token = difference.task.generation.callback_token
            path = reverse("callbacks:receive", args=[token])
            # In chunks, as a proxy may send it.
            said = f'{{"key": "{difference.key}"}}'.encode()
            answer = httpx.post(
                portal.url + path, content=iter([said[:5], said[5:]]), trust_env=False
            )
            assert answer.content == b"success", answer.text
            last = difference.task.generation.callbacks.latest("pk")
            assert bytes(last.body) == said
