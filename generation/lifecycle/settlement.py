"""Books the cost of a task: one settlement, then one correction per change."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from gateways.providers.base import CostState, TaskUpdate
from gateways.providers.faults import Fault
from generation.lifecycle.poll_schedule import charge_poll, late_poll
from generation.lifecycle.submitting import ledger_subject
from generation.models import ProviderTask
from generation.models.signals import artworks_changed
from notifications import alerts
from spend import ledger
from spend.models import Transfer

TaskStatus = ProviderTask.Status
#: Not charged, or refunded in full.
UNCHARGED = (CostState.REFUNDED, CostState.FREE)


def cost_fields(
    task: ProviderTask, status: str, update: TaskUpdate, now: datetime.datetime
) -> dict[str, Any]:
    """Columns for the cost of a task that ends. With a pending charge it stays unbooked
    and is polled again."""
    cost, state = _cost(task, status, update)
    if state == CostState.PENDING:
        return {"cost_state": state.value, "poll_after": now + charge_poll(task, now)}
    # A failure may become a success; a cancellation may only be refunded.
    may_change = status == TaskStatus.FAILED or (
        status == TaskStatus.CANCELLED and cost
    )
    return {
        "cost": cost,
        "cost_state": state.value,
        "is_booked": True,
        "poll_after": now + late_poll(task, now) if may_change else None,
    }


def book_costs(ended: Iterable[ProviderTask]) -> None:
    """Settle or release the shares of tasks that ended now, each once. Call in the
    transaction that moved them."""
    booked = [task for task in ended if task.is_booked]
    ledger.settle_all(
        ledger.Settlement(
            ledger_subject(task.generation),
            task.reserved,
            task.cost or 0,
            task.reference,
        )
        for task in booked
    )
    for task in booked:
        _alert_if_short(task)


def book_later_cost(task: ProviderTask, update: TaskUpdate) -> None:
    """Book an ended task's cost: once, then each change once. Call in the transaction
    that locked the task and read it afterwards."""
    if task.is_closed:
        _book_closed(task, update)
        return
    cost, state = _cost(task, task.status, update)
    if state == CostState.PENDING:
        _save_cost(task, task.cost, state)
    elif not task.is_booked:
        task.is_booked = task.is_changed = True
        _save_cost(task, cost, state)
        ledger.settle(
            ledger_subject(task.generation),
            task.reserved,
            cost,
            reference=task.reference,
        )
    elif _names_cost(update):
        _correct(task, cost, state)


def _book_closed(task: ProviderTask, update: TaskUpdate) -> None:
    """The gateway's answer replaces the decision of a person; a write-off is taken back
    first. A failure without a named cost changes nothing."""
    has_succeeded = task.status == TaskStatus.SUCCEEDED
    if _state(task, update) == CostState.PENDING:
        _save_cost(task, task.cost, CostState.PENDING)
        return
    if not (has_succeeded or _names_cost(update)):
        return
    subject = ledger_subject(task.generation)
    if task.failure_code == Fault.OVERDUE_PAID:
        ledger.recover(subject, task.reserved, reference=task.reference)
    was, task.cost = task.cost, None
    cost, state = _cost(task, task.status, update)
    task.cost, task.failure_code = was, "" if has_succeeded else update.failure_code
    ProviderTask.objects.filter(pk=task.pk).update(failure_code=task.failure_code)
    _correct(task, cost, state)


def _correct(task: ProviderTask, cost: int, state: CostState) -> None:
    before = task.cost or 0
    if cost == before and state == task.cost_state:
        return
    _save_cost(task, cost, state)
    if cost != before:
        task.is_changed = True
        own = Transfer.objects.filter(generation=task.generation_id)
        made = own.filter(reference__startswith=f"{task.reference}:").count()
        ledger.correct(
            ledger_subject(task.generation),
            before,
            cost,
            reference=f"{task.reference}:{made + 1}",
        )
        keys = list(task.artworks.values_list("pk", flat=True))
        artworks_changed.send(ProviderTask, keys=keys)


def _save_cost(task: ProviderTask, cost: int | None, state: CostState) -> None:
    task.cost, task.cost_state = cost, state.value
    ProviderTask.objects.filter(pk=task.pk).update(
        cost=cost, cost_state=state.value, is_booked=task.is_booked
    )
    _alert_if_short(task)


def _alert_if_short(task: ProviderTask) -> None:
    """One alert per task charged beyond the account's balance."""
    if task.cost_state == CostState.SHORT:
        account = task.generation.account
        alerts.tell(
            "partly_charged",
            key=task.reference,
            facts={"account": str(account), "key": task.key},
            team=task.generation.team,
            url=reverse("generation:detail", args=[task.generation_id]),
        )


def _names_cost(update: TaskUpdate) -> bool:
    if update.cost_state in UNCHARGED:
        return True
    charged = (CostState.CHARGED, CostState.SHORT)
    return update.cost_state in charged and update.cost is not None


def _state(task: ProviderTask, update: TaskUpdate) -> CostState:
    is_silent = update.cost_state == CostState.UNKNOWN
    return CostState(task.cost_state) if is_silent else update.cost_state


def _cost(task: ProviderTask, status: str, update: TaskUpdate) -> tuple[int, CostState]:
    """Cost and cost state (contract wujie §5.2).

    The answer's cost comes first, then the submit's, where some bill. Without both a
    success costs its share, any other end nothing.
    """
    state = _state(task, update)
    if state in UNCHARGED:
        return 0, state
    for known in (update.cost, task.cost):
        if known is not None:
            return known, state
    return (task.reserved if status == TaskStatus.SUCCEEDED else 0), state
