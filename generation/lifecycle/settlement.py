"""What a task costs: its one settlement, and what a later answer changes in it."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from gateways.providers.base import CostState, TaskUpdate
from gateways.providers.faults import Fault
from generation.lifecycle.poll_schedule import charging, watch
from generation.lifecycle.submitting import subject
from generation.models import ProviderTask
from notifications import alerts
from spend import ledger
from spend.models import Transfer

TaskStatus = ProviderTask.Status
#: Nothing was charged, or all of it was given back.
NOTHING = (CostState.REFUNDED, CostState.FREE)


def cost_fields(
    task: ProviderTask, status: str, update: TaskUpdate, now: datetime.datetime
) -> dict[str, Any]:
    """What the row says of its cost when it ends; while the charge is not final, it is
    asked after again."""
    cost, state = _cost(task, status, update)
    if state == CostState.PENDING:
        return {"cost_state": state.value, "poll_after": now + charging(task, now)}
    # A failure may be taken back; of what was cancelled, only the money.
    is_watched = status == TaskStatus.FAILED or (
        status == TaskStatus.CANCELLED and cost
    )
    return {
        "cost": cost,
        "cost_state": state.value,
        "is_booked": True,
        "poll_after": now + watch(task, now) if is_watched else None,
    }


def book_costs(ended: Iterable[ProviderTask]) -> None:
    """Settle or release the shares of tasks that ended just now, in the transaction
    that moved them: an open task is never booked, so each is booked once."""
    booked = [task for task in ended if task.is_booked]
    ledger.settle_all(
        ledger.Settlement(
            subject(task.generation), task.reserved, task.cost or 0, task.reference
        )
        for task in booked
    )
    for task in booked:
        _tell(task)


def book_later_cost(task: ProviderTask, update: TaskUpdate) -> None:
    """A later answer about an ended task: what it costs, once; then every change of it,
    each once. Must run in the transaction that locked the task, and read it then."""
    if task.is_closed:
        _book_despite(task, update)
        return
    cost, state = _cost(task, task.status, update)
    if state == CostState.PENDING:
        _note(task, task.cost, state)
    elif not task.is_booked:
        task.is_booked = task.is_changed = True
        _note(task, cost, state)
        ledger.settle(
            subject(task.generation), task.reserved, cost, reference=task.reference
        )
    elif _is_told(update):
        _correct(task, cost, state)


def _book_despite(task: ProviderTask, update: TaskUpdate) -> None:
    """What a person had closed, the gateway knows better: the books follow it, and what
    was written off is told as what it was. While it says nothing of money, and nothing
    was drawn, the person's word stands."""
    is_drawn = task.status == TaskStatus.SUCCEEDED
    if _state(task, update) == CostState.PENDING:
        _note(task, task.cost, CostState.PENDING)
        return
    if not (is_drawn or _is_told(update)):
        return
    whose = subject(task.generation)
    if task.failure_code == Fault.OVERDUE_PAID:
        ledger.recover(whose, task.reserved, reference=task.reference)
    was, task.cost = task.cost, None
    cost, state = _cost(task, task.status, update)
    task.cost, task.failure_code = was, "" if is_drawn else update.failure_code
    ProviderTask.objects.filter(pk=task.pk).update(failure_code=task.failure_code)
    _correct(task, cost, state)


def _correct(task: ProviderTask, cost: int, state: CostState) -> None:
    before = task.cost or 0
    if cost == before and state == task.cost_state:
        return
    _note(task, cost, state)
    if cost != before:
        task.is_changed = True
        own = Transfer.objects.filter(generation=task.generation_id)
        made = own.filter(reference__startswith=f"{task.reference}:").count()
        ledger.correct(
            subject(task.generation),
            before,
            cost,
            reference=f"{task.reference}:{made + 1}",
        )


def _note(task: ProviderTask, cost: int | None, state: CostState) -> None:
    task.cost, task.cost_state = cost, state.value
    ProviderTask.objects.filter(pk=task.pk).update(
        cost=cost, cost_state=state.value, is_booked=task.is_booked
    )
    _tell(task)


def _tell(task: ProviderTask) -> None:
    """The account's balance is for an admin, once, while it is as it is."""
    if task.cost_state == CostState.SHORT:
        account = task.generation.account
        alerts.tell(
            "partly_charged",
            key=task.reference,
            facts={"account": str(account), "key": task.key},
            team=task.generation.team,
            url=reverse("generation:detail", args=[task.generation_id]),
        )


def _is_told(update: TaskUpdate) -> bool:
    """Whether the answer itself says what was charged, for good."""
    if update.cost_state in NOTHING:
        return True
    charged = (CostState.CHARGED, CostState.SHORT)
    return update.cost_state in charged and update.cost is not None


def _state(task: ProviderTask, update: TaskUpdate) -> CostState:
    """Silence changes nothing: a charge under way stays so until it is final."""
    is_silent = update.cost_state == CostState.UNKNOWN
    return CostState(task.cost_state) if is_silent else update.cost_state


def _cost(task: ProviderTask, status: str, update: TaskUpdate) -> tuple[int, CostState]:
    """What the task costs, and how sure that is (contract wujie §5.2).

    Where the answer is silent, what the submit said stands (some gateways bill there);
    where that is silent too, a success costs its share and everything else nothing.
    """
    state = _state(task, update)
    if state in NOTHING:
        return 0, state
    for known in (update.cost, task.cost):
        if known is not None:
            return known, state
    return (task.reserved if status == TaskStatus.SUCCEEDED else 0), state
