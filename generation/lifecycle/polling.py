"""Polls due provider tasks: many keys in one free call.

claim   due tasks, grouped into polls of the size that the gateway takes
call    the gateway's answer about each key, or an error as a value
book    each answer by `booking`, all of one poll in one transaction
"""

import datetime
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from gateways import catalogue, circuit_breaker
from gateways.clients import client, has_history, name_of
from gateways.providers.base import Family, State, TaskUpdate
from gateways.providers.errors import ProviderError, Refused, Unavailable
from gateways.providers.faults import Fault
from generation.lifecycle import account_load
from generation.lifecycle.booking import Answer, apply, postpone_unanswered
from generation.models import Generation, ProviderTask, SubmitRecovery
from generation.operations import OPERATIONS

logger = logging.getLogger(__name__)
TaskStatus = ProviderTask.Status

#: Nobody else polls a claimed task meanwhile; longer than any call takes.
CLAIMED_FOR = datetime.timedelta(seconds=60)
#: A poll that is not full waits for more keys.
BATCH_WAIT = datetime.timedelta(seconds=0.4)
#: On demand, a task with a booked cost is polled this long after its last answer.
REPOLL_BOOKED_AFTER = datetime.timedelta(minutes=10)
#: Booking an answer never reads these.
UNREAD_COLUMNS = (
    "answer",
    "model_prompt",
    "generation__answer",
    "generation__parameters",
    "generation__prompt",
)


@dataclass(frozen=True, slots=True)
class Poll:
    name: str
    tasks: tuple[ProviderTask, ...]
    is_detailed: bool = False
    family: Family = Family.USUAL
    is_awaited: bool = False


def claim_polls(name: str, limit: int) -> list[Poll]:
    """Claim due tasks, oldest first, in at most ``limit`` polls.

    While the breaker is open, one poll at a time is the probe.
    """
    now = timezone.now()
    size = client(name).poll_batch
    due = list(
        ProviderTask.objects.due(now)
        .filter(catalogue.of_name(name), circuit_breaker.askable(now))
        .select_related("account__health", "generation")
        .defer(*UNREAD_COLUMNS)[: limit * size]
    )
    for task in due:
        task.generation.account = task.account
    polls = [
        poll
        for poll in _grouped(name, due, size)
        if poll.is_detailed or _may_go(poll.tasks, size, now)
    ]
    polls = sorted(polls, key=lambda poll: due.index(poll.tasks[0]))[:limit]
    if polls and due[0].account.health.tripped_at:
        is_mine = circuit_breaker.take_probe(due[0].account, now, is_paid=False)
        polls = polls[:1] if is_mine else []
    keys = [task.pk for poll in polls for task in poll.tasks]
    if keys:
        claimed = ProviderTask.objects.filter(pk__in=keys)
        claimed.update(poll_after=now + CLAIMED_FOR)
    return polls


def _grouped(name: str, due: Iterable[ProviderTask], size: int) -> list[Poll]:
    """Overdue tasks one by one, in detail; the others by family."""
    polls = []
    families: dict[Family, list[ProviderTask]] = {}
    for task in due:
        if task.status == TaskStatus.OVERDUE:
            polls.append(Poll(name, (task,), is_detailed=True, family=_family(task)))
        else:
            families.setdefault(_family(task), []).append(task)
    return polls + [
        Poll(name, tuple(tasks[start : start + size]), family=family)
        for family, tasks in families.items()
        for start in range(0, len(tasks), size)
    ]


def _family(task: ProviderTask) -> Family:
    """Families never share a call."""
    operation = OPERATIONS.get(task.generation.operation)
    return operation.family if operation else Family.USUAL


def _may_go(tasks: tuple[ProviderTask, ...], size: int, now: datetime.datetime) -> bool:
    oldest = tasks[0].poll_after
    return len(tasks) == size or oldest is None or oldest <= now - BATCH_WAIT


def poll_now(generation: Generation) -> None:
    """Poll the open tasks while a person waits, and book.

    Call outside of a transaction. Unanswered tasks stay due.
    """
    rows = generation.tasks.filter(status__in=ProviderTask.OPEN).order_by("pk")
    tasks = list(rows.select_related("account__health", "generation__account"))
    name = name_of(generation.account)
    size = client(name).poll_batch
    starts = range(0, len(tasks), size)
    account_load.count_direct_requests(generation.account, len(starts))
    for start in starts:
        batch = Poll(name, tuple(tasks[start : start + size]), is_awaited=True)
        outcome = poll(batch)
        if isinstance(outcome, ProviderError):
            break  # further calls fail alike
        book_poll(batch, outcome)
    generation.refresh_from_db()


def make_due(generation: Generation) -> None:
    """Poll the tasks as soon as possible; all that a callback may do.

    ``poll_after`` lies BATCH_WAIT back: the poll waits for no more keys. A booked
    task's answer may change; it is polled no sooner than ``REPOLL_BOOKED_AFTER`` its
    last answer, however often callbacks come. After a lost answer to the submit, the
    recovery is due.
    """
    now = timezone.now()
    at_once = now - BATCH_WAIT
    generation.tasks.filter(is_booked=False).update(poll_after=at_once)
    is_later = Q(poll_after=None) | Q(poll_after__gt=now + REPOLL_BOOKED_AFTER)
    booked = generation.tasks.filter(is_later, is_booked=True)
    is_recent = Q(answered_at__gt=now - REPOLL_BOOKED_AFTER)
    booked.filter(is_recent).update(poll_after=now + REPOLL_BOOKED_AFTER)
    booked.exclude(is_recent).update(poll_after=at_once)
    is_lost = generation.status == Generation.Status.UNCERTAIN
    if is_lost and has_history(generation.account.provider):
        lost = SubmitRecovery.objects.filter(generation=generation)
        lost.update(look_after=now)


def poll(batch: Poll) -> list[TaskUpdate] | ProviderError:
    """A free read. Touches no database; returns its error."""
    try:
        provider = client(batch.name)
        if batch.is_detailed:
            return [provider.detail(batch.tasks[0].key, batch.family)]
        keys = [task.key for task in batch.tasks]
        return provider.poll(keys, batch.family, awaited=batch.is_awaited)
    except ProviderError as error:
        return error
    except Exception as error:  # counted as silence: each row has its deadline
        logger.exception("An answer of %s could not be read", batch.name)
        return Unavailable(repr(error), code=Fault.BROKEN)


def book_poll(batch: Poll, outcome: list[TaskUpdate] | ProviderError) -> None:
    account = batch.tasks[0].account
    updates: dict[str, TaskUpdate] = {}
    if isinstance(outcome, ProviderError) and not isinstance(outcome, Refused):
        circuit_breaker.failed(account, outcome)
        if outcome.code != Fault.BROKEN:
            postpone_unanswered(batch.tasks)
            return
    else:
        circuit_breaker.answered(account)
    if isinstance(outcome, list):
        updates = {update.key: update for update in outcome}
    answers = [
        (task, updates.get(task.key) or TaskUpdate(task.key, State.UNKNOWN))
        for task in batch.tasks
    ]
    with transaction.atomic():
        made_due = [] if batch.is_awaited else _made_due_since(batch.tasks)
        changed = {task.generation_id for task in _apply(answers) if task.is_changed}
        Generation.objects.filter(pk__in=changed).update(version=F("version") + 1)
        if made_due:
            again = ProviderTask.objects.filter(pk__in=made_due, is_booked=False)
            again.update(poll_after=timezone.now() - BATCH_WAIT)


def _made_due_since(tasks: Sequence[ProviderTask]) -> list[int]:
    """Tasks made due since the claim: the callback may be newer than the answer."""
    before = {task.pk: task.poll_after for task in tasks}
    due = ProviderTask.objects.filter(pk__in=before, poll_after__lte=timezone.now())
    now_due = due.values_list("pk", "poll_after")
    return [pk for pk, after in now_due if after != before[pk]]


def _apply(answers: list[Answer]) -> list[ProviderTask]:
    """Book all together; where that fails, one by one. Returns the booked tasks."""
    try:
        apply(answers)
    except Exception:
        if len(answers) == 1:
            logger.exception("The answer for %s could not be booked", answers[0][0].key)
            return []
        logger.info("The answers of one call are booked one by one", exc_info=True)
        # The transaction was undone, the objects in memory were not.
        fresh = ProviderTask.objects.select_related("generation__account", "account")
        rows = fresh.in_bulk([task.pk for task, _ in answers])
        return [
            task for old, update in answers for task in _apply([(rows[old.pk], update)])
        ]
    return [task for task, _ in answers]
