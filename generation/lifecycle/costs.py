"""What a task costs, and its one settlement."""

import datetime
from collections.abc import Iterable
from typing import Any

from generation.lifecycle.accepting import subject
from generation.lifecycle.pace import ASK_OVERDUE_EVERY, step
from generation.models import ProviderTask
from generation.providers.base import CostState, TaskUpdate
from spend import ledger

TaskStatus = ProviderTask.Status
UNSUCCESSFUL = (TaskStatus.FAILED, TaskStatus.CANCELLED)

#: A charge for what did not succeed may be given back later: how fast is not
#: documented (contract wujie §5.2), so it is asked after for so long.
REFUND_WITHIN = datetime.timedelta(days=1)


def cost_fields(
    task: ProviderTask, status: str, update: TaskUpdate, now: datetime.datetime
) -> dict[str, Any]:
    """What the row says of its cost when it ends; while the charge is not final, it is
    asked after again."""
    cost, state = _cost(task, status, update)
    if state == CostState.PENDING:
        return {"cost_state": state.value, "poll_after": now + step(task, now)}
    is_watched = _may_come_back(cost, state, update) and status in UNSUCCESSFUL
    return {
        "cost": cost,
        "cost_state": state.value,
        "is_booked": True,
        "poll_after": now + ASK_OVERDUE_EVERY if is_watched else None,
    }


def book_costs(ended: Iterable[ProviderTask]) -> None:
    """Settle or release the shares of tasks that ended just now, in the transaction
    that moved them: an open task is never booked, so each is booked once."""
    ledger.settle_all(
        ledger.Settlement(
            subject(task.generation), task.reserved, task.cost or 0, task.reference
        )
        for task in ended
        if task.is_booked
    )


def book_cost(task: ProviderTask, update: TaskUpdate, now: datetime.datetime) -> None:
    """A later answer about an ended task: what it costs, once; or a refund, once.

    Must run in the transaction that locked the task by an update.
    """
    cost, state = _cost(task, task.status, update)
    if state == CostState.PENDING:
        wait = step(task, now)
        ProviderTask.objects.filter(pk=task.pk).update(
            cost_state=state.value, poll_after=now + wait
        )
        return
    fields = {"cost": cost, "cost_state": state.value}
    if ProviderTask.objects.filter(pk=task.pk, is_booked=False).update(
        is_booked=True, **fields
    ):
        ledger.settle(
            subject(task.generation), task.reserved, cost, reference=task.reference
        )
        task.is_changed = True
    elif state == CostState.REFUNDED:
        booked = ProviderTask.objects.exclude(cost_state=state.value).filter(pk=task.pk)
        spent = booked.values_list("cost", flat=True).first() or 0
        if booked.update(**fields):
            ledger.refund(subject(task.generation), spent, reference=task.reference)
            task.is_changed = True
    if _may_come_back(cost, state, update) and may_be_refunded(task, now):
        ProviderTask.objects.filter(pk=task.pk).update(
            poll_after=now + ASK_OVERDUE_EVERY
        )


def may_be_refunded(task: ProviderTask, now: datetime.datetime) -> bool:
    """Whether what it cost may still come back by itself."""
    is_recent = now - (task.finished_at or now) < REFUND_WITHIN
    return task.status in UNSUCCESSFUL and is_recent


def _may_come_back(cost: int, state: CostState, update: TaskUpdate) -> bool:
    """What polls call charged, they may call refunded later; a bill at submit not."""
    return bool(cost) and state == update.cost_state == CostState.CHARGED


def _cost(task: ProviderTask, status: str, update: TaskUpdate) -> tuple[int, CostState]:
    """What the task costs, and how sure that is (contract wujie §5.2).

    Where the answer is silent, what the submit said stands (Jumdata bills there); where
    that is silent too, a success costs its share and everything else costs nothing.
    """
    state = update.cost_state
    if state == CostState.UNKNOWN:
        state = CostState(task.cost_state)
    if state == CostState.PENDING and update.cost_state == CostState.UNKNOWN:
        state = CostState.UNKNOWN
    if state in (CostState.REFUNDED, CostState.FREE):
        return 0, state
    for known in (update.cost, task.cost):
        if known is not None:
            return known, state
    return (task.reserved if status == TaskStatus.SUCCEEDED else 0), state
