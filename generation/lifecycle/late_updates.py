"""What is said of a task that has ended: what it really cost, where its picture lies
now, or that it was drawn after all.

    failed | cancelled ─→ succeeded    and its generation is done then, if it had ended

A success is never taken back: what was drawn is ours. So every task and generation has
one end at a time, and *done* is the last. A person's word about an overdue task counts
until the gateway's own answer says what was paid; then the books follow that.
"""

import datetime

from django.db import transaction
from django.db.models import F

from gateways.providers.base import State, TaskUpdate
from generation.lifecycle.pictures import make_artworks
from generation.lifecycle.poll_schedule import ASK_OVERDUE_EVERY, charging, watch
from generation.lifecycle.settlement import book_later_cost
from generation.models import TASK_STATUS, Artwork, Generation, ProviderTask

Status = Generation.Status
TaskStatus = ProviderTask.Status
UNSUCCESSFUL = (TaskStatus.FAILED, TaskStatus.CANCELLED)

#: What failed may be called drawn, and what it cost be given back: how late is not
#: documented (contract wujie §5.2), so it is looked at for so long, ever more rarely.
MAY_CHANGE_FOR = datetime.timedelta(days=1)
#: What a person closed may still be finished: a key lives for a month (contract
#: jumdata §6; Wujie names no life).
MAY_COME_FOR = datetime.timedelta(days=30)


def apply_after_the_end(
    task: ProviderTask, update: TaskUpdate, now: datetime.datetime
) -> None:
    rows = ProviderTask.objects.filter(pk=task.pk)
    with transaction.atomic():
        # This locks the row: what it says is read behind it.
        rows.update(polls=F("polls") + 1, answered_at=now)
        task.refresh_from_db(
            fields=[
                *("status", "reserved", "cost", "cost_state", "is_booked"),
                *("failure_code", "finished_at", "closed_by"),
            ]
        )
        is_silent = update.state == State.UNKNOWN
        if not is_silent:
            is_drawn = _is_drawn_after_all(task, update)
            if is_drawn:
                _revive(task, update)
            book_later_cost(task, update)
            if is_drawn:
                make_artworks([(task, update)], now)
                _finish_anew(task)
            _note_addresses(task, update)
        rows.update(poll_after=_next_look(task, now, is_silent=is_silent))


def _is_drawn_after_all(task: ProviderTask, update: TaskUpdate) -> bool:
    is_drawn = TASK_STATUS.get(update.state) == TaskStatus.SUCCEEDED
    return is_drawn and bool(update.picture_urls) and task.status in UNSUCCESSFUL


def _revive(task: ProviderTask, update: TaskUpdate) -> None:
    task.is_changed = task.advance(
        TaskStatus.SUCCEEDED,
        percent=100.0,
        # A closed one's says who paid for it, until that is booked.
        failure_code=task.failure_code if task.is_closed else "",
        failure_message="",
        model_prompt=update.model_prompt,
        answer=update.raw,
    )


def _finish_anew(task: ProviderTask) -> None:
    """Done, if it had ended; while others of its tasks are open, it ends with them."""
    ended = (Status.FAILED, Status.CANCELLED)
    rows = Generation.objects.filter(pk=task.generation_id, status__in=ended)
    rows.update(status=Status.DONE)


def _note_addresses(task: ProviderTask, update: TaskUpdate) -> None:
    """Not fetched at once: an address that is new each time would undo the back-off."""
    unstored = {a.position: a for a in task.artworks.filter(stored_at=None)}
    for position, url in enumerate(update.picture_urls):
        artwork = unstored.get(position)
        if artwork and artwork.source_url != url:
            Artwork.objects.filter(pk=artwork.pk).update(source_url=url)


def _next_look(
    task: ProviderTask, now: datetime.datetime, *, is_silent: bool
) -> datetime.datetime | None:
    if not task.is_booked or task.is_charging:
        return now + (ASK_OVERDUE_EVERY if is_silent else charging(task, now))
    return now + watch(task, now) if may_change(task, now) else None


def may_change(task: ProviderTask, now: datetime.datetime) -> bool:
    """Whether a later answer may say that it was drawn, or cost something else."""
    if task.status == TaskStatus.SUCCEEDED:
        return False
    if task.status == TaskStatus.CANCELLED and not task.cost:
        return False
    how_long = MAY_COME_FOR if task.closed_by_id else MAY_CHANGE_FOR
    return now - (task.finished_at or now) < how_long
