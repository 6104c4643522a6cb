"""What a task costs, and its one settlement."""

import datetime

from generation.lifecycle.accepting import subject
from generation.lifecycle.pace import ASK_OVERDUE_EVERY, step
from generation.models import ProviderTask
from generation.providers.base import CostState, TaskUpdate
from spend import ledger

TaskStatus = ProviderTask.Status

#: A charge for what did not succeed may be given back later: how fast is not
#: documented (contract wujie §5.2), so it is asked after for so long.
REFUND_WITHIN = datetime.timedelta(days=1)


def book_cost(task: ProviderTask, update: TaskUpdate, now: datetime.datetime) -> None:
    """Settle or release a task's share, once; ask again while the charge is not final.

    Must run in the transaction that moved the task, or locked it by an update.
    """
    cost, state = _cost(task, update)
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
    if (
        cost
        and state == update.cost_state == CostState.CHARGED
        and may_be_refunded(task, now)
    ):
        ProviderTask.objects.filter(pk=task.pk).update(
            poll_after=now + ASK_OVERDUE_EVERY
        )


def may_be_refunded(task: ProviderTask, now: datetime.datetime) -> bool:
    """Whether what it cost may still come back by itself."""
    failed = task.status in (TaskStatus.FAILED, TaskStatus.CANCELLED)
    return failed and now - (task.finished_at or now) < REFUND_WITHIN


def _cost(task: ProviderTask, update: TaskUpdate) -> tuple[int, CostState]:
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
    return (task.reserved if task.status == TaskStatus.SUCCEEDED else 0), state
