"""Books one answer about one task: its status, its pictures and its money, once.

    queued ─→ drawing ─→ succeeded | failed | cancelled
       └──────────┴────→ overdue (no sign of progress) ─→ any of these

The callback view and the poll both end here; the order and number of answers do not
matter, for every step is a compare-and-set on the row's own status.
"""

import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from generation.lifecycle import traffic
from generation.lifecycle.costs import book_cost
from generation.lifecycle.pace import ASK_OVERDUE_EVERY, OVERDUE_AFTER, next_look
from generation.models import TASK_STATUS, Artwork, Generation, ProviderTask
from generation.providers.base import State, TaskUpdate, Verdict
from generation.providers.faults import Fault

Status = Generation.Status
TaskStatus = ProviderTask.Status


def apply(task: ProviderTask, update: TaskUpdate) -> None:
    """Book what one answer says of one task: status, pictures and money, once."""
    now = timezone.now()
    status = TASK_STATUS.get(update.state)
    if status == TaskStatus.SUCCEEDED and not update.picture_urls:
        status = None  # finished, but no address: incomplete, so it is asked again
    if not task.is_open:
        _apply_after_the_end(task, update, now)
    elif status in ProviderTask.TERMINAL:
        _finish(task, status, update, now)
    else:
        _progress(task, status, update, now)


def _progress(
    task: ProviderTask, status: str | None, update: TaskUpdate, now: datetime.datetime
) -> None:
    moved = status is not None and (
        (update.percent, update.ahead) != (task.percent, task.ahead)
        or status != task.status != TaskStatus.OVERDUE
    )
    fields: dict[str, Any] = {"polls": F("polls") + 1}
    if update.raw is not None:
        fields["answer"] = update.raw
    if status is not None:
        fields |= {"percent": update.percent, "ahead": update.ahead}
        fields["expected_seconds"] = update.expected_seconds or task.expected_seconds
    to = task.status
    if moved and status:
        to = status
        fields["progress_at"] = now
    elif now - task.progress_at > OVERDUE_AFTER:
        to = TaskStatus.OVERDUE
    fields["poll_after"] = now + (
        ASK_OVERDUE_EVERY
        if to == TaskStatus.OVERDUE
        else next_look(task, update, now, traffic.at(task.account))
    )
    task.is_changed = moved or to != task.status
    task.advance(to, **fields)


def _finish(
    task: ProviderTask, status: str, update: TaskUpdate, now: datetime.datetime
) -> None:
    failure_code, failure_message = _shortfall(task, update) or (
        update.failure_code,
        update.failure_message,
    )
    with transaction.atomic():
        if not task.advance(
            status,
            percent=100.0 if status == TaskStatus.SUCCEEDED else task.percent,
            ahead=None,
            failure_code=failure_code,
            failure_message=failure_message,
            model_prompt=update.model_prompt,
            answer=update.raw,
            polls=F("polls") + 1,
            finished_at=now,
            progress_at=now,
            poll_after=None,
        ):
            return
        if status == TaskStatus.SUCCEEDED:
            _make_artworks(task, update, now)
        book_cost(task, update, now)
        _finish_generation(task.generation, now)
        task.is_changed = True


def _shortfall(task: ProviderTask, update: TaskUpdate) -> tuple[str, str] | None:
    """Where one key stands for all pictures, fewer may come than were asked for."""
    asked, came = task.generation.pictures, len(update.picture_urls)
    if 0 < came < asked and task.generation.tasks.count() == 1:
        return Fault.FEWER, f"{came} / {asked}"
    return None


def _make_artworks(
    task: ProviderTask, update: TaskUpdate, now: datetime.datetime
) -> None:
    audit = update.audit
    labels = [
        {
            "label": label.label,
            "description": label.description,
            "scene": label.scene,
            "verdict": label.verdict.value,
            "rate": label.rate,
        }
        for label in (audit.labels if audit else ())
    ]
    generation = task.generation
    Artwork.objects.bulk_create(
        Artwork(
            task=task,
            generation=generation,
            team=generation.team,
            requested_by=generation.requested_by,
            position=position,
            source_url=url,
            verdict=(audit.verdict if audit else Verdict.MISSING).value,
            is_check_failed=audit.check_failed if audit else False,
            is_offending=audit.is_offending if audit else False,
            labels=labels,
            width=generation.width,
            height=generation.height,
            fetch_after=now,
        )
        for position, url in enumerate(update.picture_urls)
    )
    Generation.objects.filter(pk=generation.pk).update(is_storing=True)


def _finish_generation(generation: Generation, now: datetime.datetime) -> None:
    """The last task to end ends the generation.

    Of two that end at the same moment, each in its transaction, one sees the other:
    the generation's row is locked first.
    """
    Generation.objects.select_for_update().get(pk=generation.pk)
    ended = set(generation.tasks.values_list("status", flat=True))
    if ended & set(ProviderTask.OPEN):
        return
    if TaskStatus.SUCCEEDED in ended:
        to = Status.DONE
    else:
        to = Status.CANCELLED if ended == {TaskStatus.CANCELLED} else Status.FAILED
    generation.refresh_from_db(fields=["status"])
    if generation.status == Status.RUNNING:
        generation.advance(to, finished_at=now, version=F("version") + 1)


def _apply_after_the_end(
    task: ProviderTask, update: TaskUpdate, now: datetime.datetime
) -> None:
    """A later answer about an ended task: its cost, or a picture's new address."""
    is_silent = update.state == State.UNKNOWN
    with transaction.atomic():
        ProviderTask.objects.filter(pk=task.pk).update(
            poll_after=now + ASK_OVERDUE_EVERY if is_silent else None,
            polls=F("polls") + 1,
        )
        if is_silent:
            return
        book_cost(task, update, now)
        unstored = {a.position: a for a in task.artworks.filter(stored_at=None)}
        for position, url in enumerate(update.picture_urls):
            artwork = unstored.get(position)
            # Not at once: an address that is new each time would undo the back-off.
            if artwork and artwork.source_url != url:
                Artwork.objects.filter(pk=artwork.pk).update(source_url=url)
