"""Sweeps rows that no lane moves any more. Each query has an index.

queued      for a day                            → failed, released
submitting  by a dead process                    → uncertain
asked       an acceleration by a dead process    → unknown
drawing     polled without an answer for a day   → overdue
uncertain   not searched for, for a day          → left to a person
"""

import datetime
import logging
from collections.abc import Callable

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from gateways.providers.errors import Unavailable, Unknown
from gateways.providers.faults import Fault
from generation.lifecycle.accelerating import sweep_accelerations
from generation.lifecycle.planned_times import repair_planned_times
from generation.lifecycle.sending import end_unsent, make_uncertain
from generation.lifecycle.submit_recovery import searching
from generation.models import Generation, ProviderTask, SubmitRecovery

logger = logging.getLogger(__name__)
Status = Generation.Status
TaskStatus = ProviderTask.Status

MOVING = (TaskStatus.QUEUED, TaskStatus.DRAWING)
#: In our own queue for this long, a generation fails at no cost.
GIVE_UP_WAITING_AFTER = datetime.timedelta(hours=24)
#: A task unanswered this long is overdue, until its next answer.
OVERDUE_UNANSWERED_AFTER = datetime.timedelta(days=1)
#: A recovery this long after ``look_after`` is not searched for; longer than
#: `searching.SEARCH` plans.
UNSEARCHED_AFTER = datetime.timedelta(minutes=90)
#: Rows per sweep and kind.
MOST_SWEPT = 200


def sweep(*, is_awake: bool = True) -> None:
    """Run all parts; an exception in one stops no other.

    Not ``is_awake``: after a while without sweeps, processes that hold an answer get
    time to book it.
    """
    parts: list[Callable[[], object]] = [repair_planned_times, sweep_waiting]
    if is_awake:
        parts += [sweep_stuck, sweep_accelerations, sweep_unanswered]
    for part in parts:
        try:
            part()
        except Exception:
            logger.exception("The sweep broke in %s", part.__name__)


def sweep_waiting() -> int:
    before = timezone.now() - GIVE_UP_WAITING_AFTER
    rows = Generation.objects.waiting_since(before).select_related("account")
    waiting = list(rows.order_by("created_at")[:MOST_SWEPT])
    for generation in waiting:
        message, raw = generation.failure_message, generation.answer
        error = Unavailable(message, code=Fault.WAITED, raw=raw)
        end_unsent(generation, Status.FAILED, error)
    return len(waiting)


def sweep_stuck() -> int:
    stuck = Generation.objects.stuck(timezone.now()).select_related("account")
    for generation in stuck:
        make_uncertain(generation, Unknown("", code=Fault.DIED))
    return len(stuck)


def sweep_unanswered() -> int:
    """Where gateway or credentials are gone for good: a person can close these tasks
    and recoveries. Returns the number of rows."""
    now = timezone.now()
    long_ago = now - OVERDUE_UNANSWERED_AFTER
    silent = Q(answered_at__lt=long_ago) | Q(answered_at=None, created_at__lt=long_ago)
    polled = ProviderTask.objects.filter(poll_after__isnull=False, status__in=MOVING)
    lost = SubmitRecovery.objects.filter(
        look_after__lt=now - UNSEARCHED_AFTER,
        begun_at__lt=now - searching.GIVE_UP_AFTER,
    )
    tasks = list(polled.filter(silent)[:MOST_SWEPT])
    recoveries = dict(lost.values_list("pk", "generation")[:MOST_SWEPT])
    if tasks or recoveries:
        with transaction.atomic():
            of = {task.generation_id for task in tasks if _make_overdue(task)}
            lost.filter(pk__in=recoveries).update(look_after=None)
            rows = Generation.objects.filter(pk__in=of | {*recoveries.values()})
            rows.update(version=F("version") + 1)
    return len(tasks) + len(recoveries)


def _make_overdue(task: ProviderTask) -> bool:
    """False: an answer came meanwhile."""
    silent = ProviderTask.objects.filter(pk=task.pk, answered_at=task.answered_at)
    return silent.exists() and task.advance(TaskStatus.OVERDUE)
