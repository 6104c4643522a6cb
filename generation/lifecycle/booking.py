"""Books answers about provider tasks: status, pictures and money, each once.

    queued ─→ drawing ─→ succeeded | failed | cancelled
       └──────────┴────→ overdue (no sign of progress) ─→ any of these

`late_updates` books answers about ended tasks; a person may end an overdue one
(`closing`). Steps compare and set the status: order and number of answers do not
matter. Each task of a poll moves by itself; pictures, money and ended generations of
all moved tasks follow in a few statements.
"""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone

from gateways.providers.base import TaskUpdate
from gateways.providers.faults import Fault
from generation.lifecycle import account_load
from generation.lifecycle.late_updates import apply_late_update
from generation.lifecycle.new_artworks import make_artworks
from generation.lifecycle.poll_schedule import (
    next_poll,
    overdue_poll,
    unanswered_poll,
)
from generation.lifecycle.settlement import book_costs, cost_fields
from generation.models import TASK_STATUS, Generation, ProviderTask

Status = Generation.Status
TaskStatus = ProviderTask.Status
Answer = tuple[ProviderTask, TaskUpdate]

#: Answers without progress for this long make a task overdue.
OVERDUE_AFTER = datetime.timedelta(minutes=15)
#: Seconds of silence that one answer proves at most: while portal or gateway was down,
#: progress could not be heard.
LONGEST_SILENCE_SECONDS = 120.0


def apply(answers: Iterable[Answer]) -> None:
    """All answers of one call or none; raises what a bad row raises.

    Lock order: tasks, ledger, generations, each by primary key.
    """
    answers, now = sorted(answers, key=lambda answer: answer[0].pk), timezone.now()
    with transaction.atomic():
        single = _single_task_generations(answers)
        ended = []
        for task, update in answers:
            status = _status(update)
            if not task.is_open:
                apply_late_update(task, update, now)
            elif status not in ProviderTask.TERMINAL:
                _progress(task, status, update, now)
            elif _end(
                task, status, update, now, is_single=task.generation_id in single
            ):
                ended.append((task, update))
        if ended:
            book_costs([task for task, _ in ended])
            make_artworks(ended, now)
            finish_generations({task.generation_id for task, _ in ended}, now)


def _status(update: TaskUpdate) -> str | None:
    """None: no status, or a success without picture addresses; polled again."""
    status = TASK_STATUS.get(update.state)
    is_incomplete = update.has_pictures and not update.picture_urls
    return None if status == TaskStatus.SUCCEEDED and is_incomplete else status


def _progress(
    task: ProviderTask, status: str | None, update: TaskUpdate, now: datetime.datetime
) -> None:
    moved = status is not None and (
        (update.percent, update.ahead) != (task.percent, task.ahead)
        or status != task.status != TaskStatus.OVERDUE
    )
    silence = 0.0 if moved else _silent_seconds(task, now)
    fields: dict[str, Any] = {
        "polls": F("polls") + 1,
        "answered_at": now,
        "silent_seconds": silence,
        "failure_code": update.failure_code,
        "failure_message": update.failure_message,
    }
    is_new_failure = update.failure_code != task.failure_code
    if update.raw is not None:
        fields["answer"] = update.raw
    if status is not None:
        fields |= {"percent": update.percent, "ahead": update.ahead}
        fields["step_seconds"] = update.step_seconds
        fields["expected_seconds"] = update.expected_seconds or task.expected_seconds
    to = task.status
    if moved and status:
        to = status
        fields["progress_at"] = now
    elif silence > OVERDUE_AFTER.total_seconds():
        to = TaskStatus.OVERDUE
    fields["poll_after"] = now + (
        overdue_poll()
        if to == TaskStatus.OVERDUE
        else next_poll(task, update, now, account_load.at(task.account))
    )
    task.is_changed = moved or is_new_failure or to != task.status
    task.advance(to, **fields)


def _silent_seconds(task: ProviderTask, now: datetime.datetime) -> float:
    """Seconds without progress, this answer included. A gap between answers or a jump
    of the clock counts little."""
    gap = (now - (task.answered_at or task.created_at)).total_seconds()
    return task.silent_seconds + min(max(gap, 0.0), LONGEST_SILENCE_SECONDS)


def postpone_unanswered(tasks: Sequence[ProviderTask]) -> None:
    """Plan the next poll after a call without an answer: no silence of the tasks. Two
    halves soon isolate a key that breaks every call."""
    now = timezone.now()
    soon = [t for t in tasks if not t.is_booked and t.status != TaskStatus.OVERDUE]
    wait = unanswered_poll(tasks[0], now)
    for rows, delay in (
        (soon[::2], wait),
        (soon[1::2], 2 * wait),
        ([task for task in tasks if task not in soon], overdue_poll()),
    ):
        if rows:
            ProviderTask.objects.filter(pk__in=[task.pk for task in rows]).update(
                polls=F("polls") + 1, poll_after=now + delay
            )


def _end(
    task: ProviderTask,
    status: str,
    update: TaskUpdate,
    now: datetime.datetime,
    *,
    is_single: bool,
) -> bool:
    """False: another answer was first."""
    code, message = update.failure_code, update.failure_message
    requested, came = task.generation.pictures, len(update.picture_urls)
    if is_single and 0 < came < requested:
        code, message = Fault.FEWER, f"{came} / {requested}"
    task.is_changed = task.advance(
        status,
        percent=100.0 if status == TaskStatus.SUCCEEDED else task.percent,
        ahead=None,
        step_seconds=None,
        failure_code=code,
        failure_message=message,
        model_prompt=update.model_prompt,
        answer=update.raw,
        polls=F("polls") + 1,
        finished_at=now,
        progress_at=now,
        answered_at=now,
        **cost_fields(task, status, update, now),
    )
    return task.is_changed


def _single_task_generations(answers: Sequence[Answer]) -> set[int]:
    """Those with one key for all pictures and too few pictures."""
    short = {
        task.generation_id
        for task, update in answers
        if 0 < len(update.picture_urls) < task.generation.pictures
    }
    if not short:
        return set()
    tasks = ProviderTask.objects.filter(generation__in=short).order_by()
    counted = tasks.values("generation").annotate(all=Count("pk")).filter(all=1)
    return set(counted.values_list("generation", flat=True))


def finish_generations(keys: set[int], now: datetime.datetime) -> None:
    """End generations with their last task.

    Locked first: of two tasks that end at once, one sees the other.
    """
    rows = Generation.objects.filter(pk__in=keys)
    # Weak lock: new rows that refer to the generation do not wait.
    list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    ended: dict[int, set[str]] = {key: set() for key in keys}
    tasks = ProviderTask.objects.filter(generation__in=keys).order_by()
    for key, status in tasks.values_list("generation", "status").distinct():
        ended[key].add(status)
    outcomes: dict[str, list[int]] = {}
    for key, statuses in ended.items():
        if not statuses & set(ProviderTask.OPEN):
            outcomes.setdefault(_outcome(statuses), []).append(key)
    for to, of in outcomes.items():
        Generation.objects.filter(pk__in=of, status=Status.RUNNING).update(
            status=to, finished_at=now, version=F("version") + 1
        )


def _outcome(ended: set[str]) -> str:
    if TaskStatus.SUCCEEDED in ended:
        return Status.DONE
    return Status.CANCELLED if ended == {TaskStatus.CANCELLED} else Status.FAILED
