"""Asks after what is due: as many tasks in one free call as the gateway takes."""

import datetime
import logging
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from generation import catalogue
from generation.clients import client
from generation.lifecycle.booking import apply
from generation.models import Generation, ProviderTask
from generation.providers.base import ProviderError, State, TaskUpdate

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


def claim_due(limit: int) -> list[Asking]:
    """Take what is to be asked after, in ``limit`` calls at most."""
    now = timezone.now()
    found: list[Asking] = []
    due = list(
        ProviderTask.objects.due(now)
        .filter(catalogue.configured())
        .select_related("account", "generation__team", "generation__requested_by")[
            : limit * 25
        ]
    )
    for name in dict.fromkeys(task.account.provider for task in due):
        tasks = [task for task in due if task.account.provider == name]
        overdue = [task for task in tasks if task.status == TaskStatus.OVERDUE]
        others = [task for task in tasks if task.status != TaskStatus.OVERDUE]
        found += [Asking(name, (task,), is_detailed=True) for task in overdue]
        size = client(name).poll_batch
        found += [
            Asking(name, tuple(others[start : start + size]))
            for start in range(0, len(others), size)
        ]
    found = found[:limit]
    keys = [task.pk for asking in found for task in asking.tasks]
    ProviderTask.objects.filter(pk__in=keys).update(poll_after=now + ASKED)
    return found


def ask(asking: Asking) -> list[TaskUpdate] | ProviderError:
    """A free read. Touches no database; gives its error as a value."""
    provider = client(asking.provider)
    try:
        if asking.is_detailed:
            return [provider.detail(asking.tasks[0].key)]
        return provider.poll([task.key for task in asking.tasks])
    except ProviderError as error:
        return error


def book_asked(asking: Asking, outcome: list[TaskUpdate] | ProviderError) -> None:
    account = asking.tasks[0].account
    if isinstance(outcome, ProviderError):
        catalogue.note_trouble(account, outcome)
        updates: dict[str, TaskUpdate] = {}
    else:
        catalogue.note_answer(account)
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
