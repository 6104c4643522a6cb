"""Asks after what is due: as many tasks in one free call as the gateway takes."""

import datetime
import logging
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from generation import catalogue
from generation.clients import client
from generation.lifecycle import pace, traffic
from generation.lifecycle.booking import Answer, apply
from generation.models import Generation, ProviderTask
from generation.providers.base import (
    ProviderError,
    Refused,
    State,
    TaskUpdate,
    Unavailable,
)
from generation.providers.faults import Fault

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
    """One call: as many tasks of one account as one call may carry."""

    provider: str
    tasks: tuple[ProviderTask, ...]
    is_detailed: bool = False


def claim_due(provider: str, limit: int) -> list[Asking]:
    """Take what is to be asked after, in ``limit`` calls at most, oldest first.

    A call that is not full waits a little for more keys, and no account is asked more
    often than we allow ourselves.
    """
    now = timezone.now()
    size = client(provider).poll_batch
    bucket = traffic.bucket(provider)
    limit = min(limit, bucket.left())
    due = list(
        ProviderTask.objects.due(now)
        .filter(catalogue.configured(provider))
        .select_related("account", "generation")
        .defer(*HEAVY)[: limit * size]
    )
    for task in due:
        task.generation.account = task.account
    overdue = [task for task in due if task.status == TaskStatus.OVERDUE]
    others = [task for task in due if task.status != TaskStatus.OVERDUE]
    batches = [
        tuple(others[start : start + size]) for start in range(0, len(others), size)
    ]
    found = [
        *(Asking(provider, (task,), is_detailed=True) for task in overdue),
        *(Asking(provider, batch) for batch in batches if _may_go(batch, size, now)),
    ]
    found = sorted(found, key=lambda asking: due.index(asking.tasks[0]))[:limit]
    keys = [task.pk for asking in found for task in asking.tasks]
    if keys:
        ProviderTask.objects.filter(pk__in=keys).update(poll_after=now + ASKED)
        bucket.take(len(found))
    return found


def _may_go(batch: tuple[ProviderTask, ...], size: int, now: datetime.datetime) -> bool:
    """Full, or its oldest key has waited long enough for others."""
    oldest = batch[0].poll_after
    return len(batch) == size or oldest is None or oldest <= now - pace.FILL


def ask(asking: Asking) -> list[TaskUpdate] | ProviderError:
    """A free read. Touches no database; gives its error as a value."""
    try:
        provider = client(asking.provider)
        if asking.is_detailed:
            return [provider.detail(asking.tasks[0].key)]
        return provider.poll([task.key for task in asking.tasks])
    except ProviderError as error:
        return error
    except Exception as error:  # then each row has its deadline all the same
        logger.exception("An answer of %s could not be read", asking.provider)
        return Unavailable(repr(error), code=Fault.BROKEN)


def book_asked(asking: Asking, outcome: list[TaskUpdate] | ProviderError) -> None:
    account = asking.tasks[0].account
    updates: dict[str, TaskUpdate] = {}
    if isinstance(outcome, ProviderError) and not isinstance(outcome, Refused):
        catalogue.note_trouble(account, outcome)
    else:
        catalogue.note_answer(account)
    if isinstance(outcome, list):
        updates = {update.key: update for update in outcome}
    unknown = State.UNKNOWN
    answers = [
        (task, updates.get(task.key) or TaskUpdate(task.key, unknown))
        for task in asking.tasks
    ]
    with transaction.atomic():
        changed = {task.generation_id for task in _apply(answers) if task.is_changed}
        Generation.objects.filter(pk__in=changed).update(version=F("version") + 1)


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
