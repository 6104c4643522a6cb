"""Books answers about tasks: their status, their pictures and their money, once.

    queued ─→ drawing ─→ succeeded | failed | cancelled
       └──────────┴────→ overdue (no sign of progress) ─→ any of these

What is said of one that has ended is `afterwards`; overdue, a person may end it
(`closing`).
The callback view and the poll both end here; the order and number of answers do not
matter, for every step is a compare-and-set on the row's own status. The answers of one
call are booked together: each task moves by itself, and what those that moved leave
behind (pictures, money, ended generations) is written in a few statements for all.
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
from generation.lifecycle.late_updates import apply_after_the_end
from generation.lifecycle.pictures import make_artworks
from generation.lifecycle.poll_schedule import (
    ASK_OVERDUE_EVERY,
    OVERDUE_AFTER,
    heard_silence,
    next_look,
    step,
)
from generation.lifecycle.settlement import book_costs, cost_fields
from generation.models import TASK_STATUS, Generation, ProviderTask

Status = Generation.Status
TaskStatus = ProviderTask.Status
Answer = tuple[ProviderTask, TaskUpdate]


def apply(answers: Iterable[Answer]) -> None:
    """Book what one call's answers say, all or nothing; raises what a bad row raises.

    Rows are locked in one order: tasks, ledger, generations, each by their keys.
    """
    answers, now = sorted(answers, key=lambda answer: answer[0].pk), timezone.now()
    with transaction.atomic():
        alone = _alone(answers)
        ended = []
        for task, update in answers:
            status = _status(update)
            if not task.is_open:
                apply_after_the_end(task, update, now)
            elif status not in ProviderTask.TERMINAL:
                _progress(task, status, update, now)
            elif _end(task, status, update, now, is_alone=task.generation_id in alone):
                ended.append((task, update))
        if ended:
            book_costs([task for task, _ in ended])
            make_artworks(ended, now)
            finish_generations({task.generation_id for task, _ in ended}, now)


def _status(update: TaskUpdate) -> str | None:
    """None: the answer does not say, or it says finished and names no address; that is
    incomplete, so it is asked again."""
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
    silence = 0.0 if moved else heard_silence(task, now)
    fields: dict[str, Any] = {
        "polls": F("polls") + 1,
        "answered_at": now,
        "silent_seconds": silence,
        "failure_code": update.failure_code,
        "failure_message": update.failure_message,
    }
    is_told = update.failure_code != task.failure_code
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
        ASK_OVERDUE_EVERY
        if to == TaskStatus.OVERDUE
        else next_look(task, update, now, account_load.at(task.account))
    )
    task.is_changed = moved or is_told or to != task.status
    task.advance(to, **fields)


def unheard(tasks: Sequence[ProviderTask]) -> None:
    """Asked, and no answer came. Of the tasks themselves that says nothing, so it is
    no silence of theirs: they are only asked again. In two halves, one after the other:
    of what breaks every call that names it, the others are free after a few of them."""
    now = timezone.now()
    soon = [t for t in tasks if not t.is_booked and t.status != TaskStatus.OVERDUE]
    again = step(tasks[0], now)
    for rows, wait in (
        (soon[::2], again),
        (soon[1::2], 2 * again),
        ([task for task in tasks if task not in soon], ASK_OVERDUE_EVERY),
    ):
        if rows:
            ProviderTask.objects.filter(pk__in=[task.pk for task in rows]).update(
                polls=F("polls") + 1, poll_after=now + wait
            )


def _end(
    task: ProviderTask,
    status: str,
    update: TaskUpdate,
    now: datetime.datetime,
    *,
    is_alone: bool,
) -> bool:
    """False: another answer was first."""
    code, message = update.failure_code, update.failure_message
    asked, came = task.generation.pictures, len(update.picture_urls)
    if is_alone and 0 < came < asked:
        code, message = Fault.FEWER, f"{came} / {asked}"
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


def _alone(answers: Sequence[Answer]) -> set[int]:
    """Generations with one key for all pictures: fewer may come than were asked for."""
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
    """The last task to end ends its generation.

    Of two that end at the same moment, each in its transaction, one sees the other:
    the generations' rows are locked first.
    """
    rows = Generation.objects.filter(pk__in=keys)
    # Not against those who only name them: another's new artworks do.
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
