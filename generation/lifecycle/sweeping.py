"""Finds what a nudge, a process or a clock forgot. Cheap: each look has an index.

Rows say when they are to be looked at next. A clock that was ahead for a while has put
that off, so what is later than any step of its kind is due at once.
"""

import datetime
import logging
from collections.abc import Callable

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from gateways.models import AccountHealth
from gateways.providers.base import Unavailable, Unknown
from gateways.providers.faults import Fault
from generation.lifecycle.accelerating import sweep_accelerations
from generation.lifecycle.sending import end, uncertain
from generation.lifecycle.submit_recovery import searching
from generation.models import Acceleration, Artwork, Generation, Inquiry, ProviderTask

logger = logging.getLogger(__name__)
Status = Generation.Status
TaskStatus = ProviderTask.Status

MOVING = (TaskStatus.QUEUED, TaskStatus.DRAWING)
MINUTE = datetime.timedelta(minutes=1)
#: In our own queue for so long, it fails, and costs nothing.
GIVE_UP_WAITING_AFTER = datetime.timedelta(hours=24)
MOST_GIVEN_UP = 200
#: Asked in vain for so long, a task is overdue; what it was, its next answer says.
UNHEARD = datetime.timedelta(days=1)
MOST_UNHEARD = 200
#: Longer than from any look of an inquiry to its next.
ANY_WAIT = datetime.timedelta(minutes=90)


def sweep(*, is_awake: bool = True) -> None:
    """One part that breaks stops no other. Not ``is_awake``: nobody swept for a while,
    so who has an answer in hand is given the time to book it first."""
    parts: list[Callable[[], object]] = [mend_clock, sweep_waiting]
    awake = [*parts, sweep_stuck, sweep_accelerations, sweep_unheard]
    for part in awake if is_awake else parts:
        try:
            part()
        except Exception:
            logger.exception("The sweep broke in %s", part.__name__)


def sweep_waiting() -> int:
    """What waited here for a day is given up. Gives the number of rows."""
    before = timezone.now() - GIVE_UP_WAITING_AFTER
    rows = Generation.objects.waiting_since(before).select_related("account")
    waiting = list(rows.order_by("created_at")[:MOST_GIVEN_UP])
    for generation in waiting:
        said, raw = generation.failure_message, generation.answer
        error = Unavailable(said, code=Fault.WAITED, raw=raw)
        end(generation, Status.FAILED, error)
    return len(waiting)


def sweep_stuck() -> int:
    """What a dead process was sending became uncertain. Gives the number of rows."""
    stuck = Generation.objects.stuck(timezone.now()).select_related("account")
    for generation in stuck:
        uncertain(generation, Unknown("", code=Fault.DIED))
    return len(stuck)


def sweep_unheard() -> int:
    """A gateway that is gone for good, or an account whose credentials are, would be
    waited for without end: after a day without an answer it is for a person to close.
    Gives the number of rows."""
    now = timezone.now()
    long_ago = now - UNHEARD
    silent = Q(answered_at__lt=long_ago) | Q(answered_at=None, created_at__lt=long_ago)
    asked = ProviderTask.objects.filter(poll_after__isnull=False, status__in=MOVING)
    lost = Inquiry.objects.filter(
        look_after__lt=now - ANY_WAIT, begun_at__lt=now - searching.GIVE_UP_AFTER
    )
    tasks = list(asked.filter(silent)[:MOST_UNHEARD])
    inquiries = dict(lost.values_list("pk", "generation")[:MOST_UNHEARD])
    if tasks or inquiries:
        with transaction.atomic():
            of = {task.generation_id for task in tasks if _make_overdue(task)}
            lost.filter(pk__in=inquiries).update(look_after=None)
            rows = Generation.objects.filter(pk__in=of | {*inquiries.values()})
            rows.update(version=F("version") + 1)
    return len(tasks) + len(inquiries)


def _make_overdue(task: ProviderTask) -> bool:
    """False: it was answered meanwhile."""
    silent = ProviderTask.objects.filter(pk=task.pk, answered_at=task.answered_at)
    return silent.exists() and task.advance(TaskStatus.OVERDUE)


def mend_clock() -> int:
    """Make due what a wrong clock has put off. Gives the number of rows."""
    now = timezone.now()
    late = now + MINUTE
    queued = Generation.objects.filter(status=Status.QUEUED)
    sent = Generation.objects.filter(status=Status.SUBMITTING)
    untried = Q(attempts=0, send_after__gt=late)
    tasks = ProviderTask.objects.filter(poll_after__gt=now + 5 * MINUTE)
    moving = Q(status__in=MOVING)
    overdue = Q(status=TaskStatus.OVERDUE) | Q(is_booked=False)
    watched = Q(poll_after__gt=now + 27 * 60 * MINUTE)
    asked = Acceleration.objects.filter(status=Acceleration.Status.ASKED)
    health = AccountHealth.objects.all()
    artworks = Artwork.objects.filter(fetch_after__gt=late)
    early = Q(fetch_attempts__lte=4) & Q(fetch_after__gt=now + 5 * MINUTE)
    later = Q(fetch_after__gt=now + 70 * MINUTE)
    mended = (
        queued.filter(untried | Q(send_after__gt=now + 30 * MINUTE)).update(
            send_after=now
        )
        + sent.filter(submitting_at__gt=late).update(submitting_at=now)
        + tasks.filter(
            moving | (overdue & Q(poll_after__gt=now + 15 * MINUTE)) | watched
        ).update(poll_after=now)
        + artworks.filter(early | later | Q(fetch_attempts=0)).update(fetch_after=now)
        + Inquiry.objects.filter(look_after__gt=now + 70 * MINUTE).update(
            look_after=now
        )
        + Inquiry.objects.filter(look_after__isnull=False, begun_at__gt=late).update(
            begun_at=now
        )
        + asked.filter(asked_at__gt=late).update(asked_at=now)
        + queued.filter(unsent_since__gt=late).update(unsent_since=now)
        + health.filter(quiet_until__gt=now + 20 * MINUTE).update(quiet_until=now)
        + health.filter(resume_after__gt=now + 20 * MINUTE).update(resume_after=now)
    )
    if mended:
        logger.warning("%s rows were put off by a wrong clock", mended)
    return mended
