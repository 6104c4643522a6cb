"""Closes differences by transfer or explanation; rows are never edited.

open ─ explain ─→ closed ─ reopen ─→ open
open ─ transfer ─→ closed              final: the transfer stays
"""

from django.db import transaction

from accounts.models import Team, User
from generation.lifecycle import ledger_subject
from generation.models import ProviderTask, UnmatchedKey
from generation.models.signals import artworks_changed
from reconciliation import difference_steps
from reconciliation.booked_costs import booked
from reconciliation.models import Difference, DifferenceStep
from spend import ledger

Kind = Difference.Kind
Status = Difference.Status
Action = DifferenceStep.Action


class NotClosed(Exception):
    """Another admin was first, or no transfer can close it."""


class BooksMoved(NotClosed):
    """A later answer was booked meanwhile: the next run compares again."""


def can_transfer(difference: Difference) -> bool:
    """Integrals that came back without a task can only be explained."""
    if difference.kind in (Kind.AMOUNT, Kind.MISSING_THERE):
        return bool(difference.amount)
    return difference.kind in (Kind.MISSING_HERE, Kind.BALANCE) and (
        difference.amount > 0
    )


def explain(difference: Difference, *, by: User, note: str) -> None:
    """Raises NotClosed."""
    with transaction.atomic():
        _close(difference)
        step = difference_steps.take(difference, Action.EXPLAIN, by=by, note=note)
        difference_steps.log([step])


def reopen(difference: Difference, *, by: User) -> None:
    """Raises NotClosed unless an explanation closed it."""
    last = difference.steps.order_by("-pk").first()
    if last is None or last.action != Action.EXPLAIN:
        raise NotClosed
    with transaction.atomic():
        if not difference.advance(Status.OPEN):
            raise NotClosed
        step = difference_steps.take(difference, Action.REOPEN, by=by)
        difference_steps.log([step])


def close_by_transfer(
    difference: Difference, *, by: User, team: Team, person: User, note: str
) -> None:
    """Settle or refund; without a task, for ``person`` in ``team``. Raises NotClosed or
    BooksMoved."""
    if not can_transfer(difference):
        raise NotClosed
    with transaction.atomic():
        task = _locked_task(difference)
        _close(difference)
        step = difference_steps.take(difference, Action.TRANSFER, by=by, note=note)
        payer = (
            ledger_subject(task.generation)
            if task
            else ledger.Subject(
                team=team.pk,
                user=person.pk,
                unit=difference.unit,
                provider=difference.account.provider,
                gateway=difference.account.purse,
            )
        )
        amount, reference = difference.amount, difference.reference
        if amount > 0:
            ledger.settle(payer, 0, amount, reference=reference)
        else:
            ledger.refund(payer, -amount, reference=reference)
        if task:
            # Later answers are booked against this cost.
            cost = (difference.here or 0) + amount
            ProviderTask.objects.filter(pk=task.pk).update(cost=cost)
            keys = list(task.artworks.values_list("pk", flat=True))
            artworks_changed.send(ProviderTask, keys=keys)
        elif difference.key:
            UnmatchedKey.objects.update_or_create(
                account=difference.account,
                key=difference.key,
                defaults={"is_booked": True},
            )
        difference_steps.log([step], team=None if task else team)


def _locked_task(difference: Difference) -> ProviderTask | None:
    """Raises BooksMoved if transfers were booked since the comparison: integrals would
    move twice."""
    if difference.task_id is None:
        return None
    rows = ProviderTask.objects.select_for_update(of=("self",))
    task = rows.select_related("generation").get(pk=difference.task_id)
    if booked([task])[task.pk] != difference.here:
        raise BooksMoved
    return task


def _close(difference: Difference) -> None:
    if not difference.is_open or not difference.advance(Status.CLOSED):
        raise NotClosed
