"""Books answers about ended tasks: a changed cost, a new picture address, or a success
after all.

    failed | cancelled ─→ succeeded    its generation becomes *done*, if it had ended

A success is never taken back: *done* is the last state. A person's decision about an
overdue task counts until the gateway names the cost.
"""

import datetime

from django.db import transaction
from django.db.models import F

from gateways.providers.base import State, TaskUpdate
from generation.lifecycle.new_artworks import make_artworks
from generation.lifecycle.poll_schedule import charge_poll, late_poll, overdue_poll
from generation.lifecycle.settlement import book_later_cost
from generation.models import TASK_STATUS, Artwork, Generation, ProviderTask

Status = Generation.Status
TaskStatus = ProviderTask.Status
UNSUCCESSFUL = (TaskStatus.FAILED, TaskStatus.CANCELLED)

#: A failure may become a success, a charge be refunded; how late is undocumented
#: (contract wujie §5.2).
POLL_ENDED_FOR = datetime.timedelta(days=1)
#: A closed task may be finished: a key is valid for a month (contract jumdata §6;
#: others name no validity).
POLL_CLOSED_FOR = datetime.timedelta(days=30)


def apply_late_update(
    task: ProviderTask, update: TaskUpdate, now: datetime.datetime
) -> None:
    rows = ProviderTask.objects.filter(pk=task.pk)
    with transaction.atomic():
        # The update locks the row before it is read.
        rows.update(polls=F("polls") + 1, answered_at=now)
        task.refresh_from_db(
            fields=[
                *("status", "reserved", "cost", "cost_state", "is_booked"),
                *("failure_code", "finished_at", "closed_by"),
            ]
        )
        is_silent = update.state == State.UNKNOWN
        if not is_silent:
            has_succeeded = _has_succeeded_late(task, update)
            if has_succeeded:
                _succeed(task, update)
            book_later_cost(task, update)
            if has_succeeded:
                make_artworks([(task, update)], now)
                _finish_again(task)
            _note_addresses(task, update)
        rows.update(poll_after=_next_poll(task, now, is_silent=is_silent))


def _has_succeeded_late(task: ProviderTask, update: TaskUpdate) -> bool:
    is_success = TASK_STATUS.get(update.state) == TaskStatus.SUCCEEDED
    return is_success and bool(update.picture_urls) and task.status in UNSUCCESSFUL


def _succeed(task: ProviderTask, update: TaskUpdate) -> None:
    task.is_changed = task.advance(
        TaskStatus.SUCCEEDED,
        percent=100.0,
        # A closed task's code says who paid, until the cost is booked.
        failure_code=task.failure_code if task.is_closed else "",
        failure_message="",
        model_prompt=update.model_prompt,
        answer=update.raw,
    )


def _finish_again(task: ProviderTask) -> None:
    """*Done*, if it had ended; else it ends with its open tasks."""
    ended = (Status.FAILED, Status.CANCELLED)
    rows = Generation.objects.filter(pk=task.generation_id, status__in=ended)
    rows.update(status=Status.DONE)


def _note_addresses(task: ProviderTask, update: TaskUpdate) -> None:
    """The fetch keeps its time: addresses that change with every answer would undo the
    back-off."""
    unstored = {a.position: a for a in task.artworks.filter(stored_at=None)}
    for position, url in enumerate(update.picture_urls):
        artwork = unstored.get(position)
        if artwork and artwork.source_url != url:
            Artwork.objects.filter(pk=artwork.pk).update(source_url=url)


def _next_poll(
    task: ProviderTask, now: datetime.datetime, *, is_silent: bool
) -> datetime.datetime | None:
    if not task.is_booked or task.is_charging:
        return now + (overdue_poll() if is_silent else charge_poll(task, now))
    return now + late_poll(task, now) if may_change(task, now) else None


def may_change(task: ProviderTask, now: datetime.datetime) -> bool:
    if task.status == TaskStatus.SUCCEEDED:
        return False
    if task.status == TaskStatus.CANCELLED and not task.cost:
        return False
    polled_for = POLL_CLOSED_FOR if task.closed_by_id else POLL_ENDED_FOR
    return now - (task.finished_at or now) < polled_for
