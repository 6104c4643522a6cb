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
from generation.lifecycle.booking import apply
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
        .select_related(
            "account",
            "generation__account",
            "generation__team",
            "generation__requested_by",
        )[: limit * size]
    )
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
    with transaction.atomic():
        for task in asking.tasks:
            update = updates.get(task.key) or TaskUpdate(task.key, State.UNKNOWN)
            try:
                with transaction.atomic():
                    apply(task, update)
            except Exception:
                logger.exception("The answer for %s could not be booked", task.key)
        changed = {task.generation_id for task in asking.tasks if task.is_changed}
        Generation.objects.filter(pk__in=changed).update(version=F("version") + 1)
