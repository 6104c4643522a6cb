"""Asks after what is due: as many tasks in one free call as the gateway takes."""

import datetime
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from gateways import catalogue, circuit_breaker
from gateways.clients import client, name_of
from gateways.providers.base import (
    Family,
    ProviderError,
    Refused,
    State,
    TaskUpdate,
    Unavailable,
)
from gateways.providers.faults import Fault
from generation.lifecycle import account_load, poll_schedule
from generation.lifecycle.booking import Answer, apply, unheard
from generation.models import Generation, ProviderTask
from generation.operations import OPERATIONS

logger = logging.getLogger(__name__)
TaskStatus = ProviderTask.Status

#: While one answer is awaited nobody else asks; longer than any call takes.
ASKED = datetime.timedelta(seconds=60)
#: What booking an answer never reads.
HEAVY = (
    "answer",
    "model_prompt",
    "generation__answer",
    "generation__parameters",
    "generation__prompt",
)


@dataclass(frozen=True, slots=True)
class Asking:
    """One call: as many tasks as one call may carry, of the account of that name."""

    name: str
    tasks: tuple[ProviderTask, ...]
    is_detailed: bool = False
    family: Family = Family.USUAL
    is_awaited: bool = False


def claim_due(name: str, limit: int) -> list[Asking]:
    """Take what is to be asked after, in ``limit`` calls at most, oldest first.

    A call that is not full waits a little for more keys. Where the account's breaker is
    open, one call at a time finds out whether it answers again.
    """
    now = timezone.now()
    size = client(name).poll_batch
    due = list(
        ProviderTask.objects.due(now)
        .filter(catalogue.of_name(name), circuit_breaker.askable(now))
        .select_related("account__health", "generation")
        .defer(*HEAVY)[: limit * size]
    )
    for task in due:
        task.generation.account = task.account
    overdue = [task for task in due if task.status == TaskStatus.OVERDUE]
    others = [task for task in due if task.status != TaskStatus.OVERDUE]
    families: dict[Family, list[ProviderTask]] = {}
    for task in others:
        families.setdefault(_family(task), []).append(task)
    batches = [
        Asking(name, tuple(of[start : start + size]), family=family)
        for family, of in families.items()
        for start in range(0, len(of), size)
    ]
    found = [
        *(Asking(name, (t,), is_detailed=True, family=_family(t)) for t in overdue),
        *(batch for batch in batches if _may_go(batch.tasks, size, now)),
    ]
    found = sorted(found, key=lambda asking: due.index(asking.tasks[0]))[:limit]
    if found and due[0].account.health.tripped_at:
        is_mine = circuit_breaker.take_probe(due[0].account, now, is_paid=False)
        found = found[:1] if is_mine else []
    keys = [task.pk for asking in found for task in asking.tasks]
    if keys:
        ProviderTask.objects.filter(pk__in=keys).update(poll_after=now + ASKED)
    return found


def _family(task: ProviderTask) -> Family:
    """How its gateway is asked after it: different kinds never share a call."""
    operation = OPERATIONS.get(task.generation.operation)
    return operation.family if operation else Family.USUAL


def _may_go(batch: tuple[ProviderTask, ...], size: int, now: datetime.datetime) -> bool:
    """Full, or its oldest key has waited long enough for others."""
    oldest = batch[0].poll_after
    return len(batch) == size or oldest is None or oldest <= now - poll_schedule.FILL


def ask_now(generation: Generation) -> None:
    """For a person who waits: what its open tasks are just now, booked.

    Call outside of a transaction. What is not answered stays due.
    """
    rows = generation.tasks.filter(status__in=ProviderTask.OPEN).order_by("pk")
    tasks = list(rows.select_related("account__health", "generation__account"))
    name = name_of(generation.account)
    size = client(name).poll_batch
    starts = range(0, len(tasks), size)
    account_load.ask_beside(generation.account, len(starts))
    for start in starts:
        asking = Asking(name, tuple(tasks[start : start + size]), is_awaited=True)
        outcome = ask(asking)
        if isinstance(outcome, ProviderError):
            break  # the others would wait for nothing, too
        book_asked(asking, outcome)
    generation.refresh_from_db()


def ask(asking: Asking) -> list[TaskUpdate] | ProviderError:
    """A free read. Touches no database; gives its error as a value."""
    try:
        provider = client(asking.name)
        if asking.is_detailed:
            return [provider.detail(asking.tasks[0].key, asking.family)]
        keys = [task.key for task in asking.tasks]
        return provider.poll(keys, asking.family, awaited=asking.is_awaited)
    except ProviderError as error:
        return error
    except Exception as error:  # then each row has its deadline all the same
        logger.exception("An answer of %s could not be read", asking.name)
        return Unavailable(repr(error), code=Fault.BROKEN)


def book_asked(asking: Asking, outcome: list[TaskUpdate] | ProviderError) -> None:
    account = asking.tasks[0].account
    updates: dict[str, TaskUpdate] = {}
    if isinstance(outcome, ProviderError) and not isinstance(outcome, Refused):
        circuit_breaker.failed(account, outcome)
        if outcome.code != Fault.BROKEN:
            unheard(asking.tasks)
            return
    else:
        circuit_breaker.answered(account)
    if isinstance(outcome, list):
        updates = {update.key: update for update in outcome}
    unknown = State.UNKNOWN
    answers = [
        (task, updates.get(task.key) or TaskUpdate(task.key, unknown))
        for task in asking.tasks
    ]
    with transaction.atomic():
        called = [] if asking.is_awaited else _called(asking.tasks)
        changed = {task.generation_id for task in _apply(answers) if task.is_changed}
        Generation.objects.filter(pk__in=changed).update(version=F("version") + 1)
        if called:
            again = ProviderTask.objects.filter(pk__in=called, is_booked=False)
            again.update(poll_after=timezone.now() - poll_schedule.FILL)


def _called(tasks: Sequence[ProviderTask]) -> list[int]:
    """Those that were made due since they were claimed: the answer may be older than
    what a callback told of."""
    before = {task.pk: task.poll_after for task in tasks}
    due = ProviderTask.objects.filter(pk__in=before, poll_after__lte=timezone.now())
    now_due = due.values_list("pk", "poll_after")
    return [pk for pk, after in now_due if after != before[pk]]


def _apply(answers: list[Answer]) -> list[ProviderTask]:
    """All together; where one cannot be booked, each by itself, without that one.
    Gives the tasks that were booked."""
    try:
        apply(answers)
    except Exception:
        if len(answers) == 1:
            logger.exception("The answer for %s could not be booked", answers[0][0].key)
            return []
        logger.info("The answers of one call are booked one by one", exc_info=True)
        # What was written is undone, and the rows here say otherwise: read anew.
        fresh = ProviderTask.objects.select_related("generation__account", "account")
        rows = fresh.in_bulk([task.pk for task, _ in answers])
        return [
            task for old, update in answers for task in _apply([(rows[old.pk], update)])
        ]
    return [task for task, _ in answers]
