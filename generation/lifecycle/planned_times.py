"""Makes rows due that a wrong clock has planned too late.

A column's longest plan follows from the constants that plan it; a time further ahead
becomes the present. A step too early costs one free call.
"""

import datetime
import logging
from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from gateways import circuit_breaker, pausing
from gateways.models import AccountHealth
from generation import archive
from generation.lifecycle import poll_schedule, sending
from generation.lifecycle.intervals import longest_jittered
from generation.lifecycle.submit_recovery import searching
from generation.models import (
    Acceleration,
    Artwork,
    Generation,
    ProviderTask,
    SubmitRecovery,
)

logger = logging.getLogger(__name__)
Status = Generation.Status

#: Clocks of two hosts, or before and after a correction, may differ by this.
TOLERANCE = datetime.timedelta(minutes=2)
#: For columns that hold a past time, or that of a first try.
NEVER_AHEAD = datetime.timedelta()

Plan = tuple[QuerySet[Any], str, dict[Q, datetime.timedelta]]


def longest_plans() -> Iterator[Plan]:
    """Rows, column, condition → how far the column may be ahead."""
    queued = Generation.objects.filter(status=Status.QUEUED)
    retried = {Q(attempts=0): NEVER_AHEAD, Q(): sending.LONGEST_RETRY}
    yield queued, "send_after", retried
    yield queued, "unsent_since", {Q(): NEVER_AHEAD}
    sent = Generation.objects.filter(status=Status.SUBMITTING)
    yield sent, "submitting_at", {Q(): NEVER_AHEAD}
    polled = {
        Q(is_booked=False): longest_jittered(poll_schedule.LONGEST_SECONDS),
        Q(): longest_jittered(poll_schedule.AFTER_END.longest),
    }
    yield ProviderTask.objects.all(), "poll_after", polled
    fetched = {Q(fetch_attempts=0): NEVER_AHEAD, Q(): archive.LONGEST_RETRY}
    yield Artwork.objects.all(), "fetch_after", fetched
    recoveries = SubmitRecovery.objects.filter(look_after__isnull=False)
    searched = {Q(): longest_jittered(searching.SEARCH.longest)}
    yield recoveries, "look_after", searched
    yield recoveries, "begun_at", {Q(): NEVER_AHEAD}
    asked = Acceleration.objects.filter(status=Acceleration.Status.ASKED)
    yield asked, "asked_at", {Q(): NEVER_AHEAD}
    quiet = datetime.timedelta(seconds=circuit_breaker.LONGEST_RETRY_AFTER_SECONDS)
    yield AccountHealth.objects.all(), "quiet_until", {Q(): quiet}
    probed = max(pausing.longest_probe_delay(), circuit_breaker.PROBE_TIMEOUT)
    yield AccountHealth.objects.all(), "resume_after", {Q(): probed}


def repair_planned_times() -> int:
    """Returns the number of repaired times."""
    now = timezone.now()
    repaired = 0
    for rows, column, plans in longest_plans():
        too_late = Q()
        for condition, longest in plans.items():
            limit = now + longest + TOLERANCE
            too_late |= condition & Q(**{f"{column}__gt": limit})
        repaired += rows.filter(too_late).update(**{column: now})
    if repaired:
        logger.warning("%s times were planned by a wrong clock", repaired)
    return repaired
