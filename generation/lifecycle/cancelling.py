"""Cancels a generation that waits, here or at the gateway.

At the gateway each task takes a call, and only a later poll tells its end and cost: the
portal calls no task cancelled that the gateway still draws or charges.
"""

import logging
import time
from enum import StrEnum

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from gateways.clients import client_of, is_configured
from gateways.providers.errors import ProviderError, Refused
from gateways.providers.faults import Fault
from generation.lifecycle import account_load
from generation.lifecycle.polling import make_due, poll_now
from generation.lifecycle.sending import release
from generation.models import Generation, ProviderTask
from generation.operations import OPERATIONS

logger = logging.getLogger(__name__)
Status = Generation.Status
TaskStatus = ProviderTask.Status

#: A person waits: tasks not called for by then go on.
BUDGET_SECONDS = 15.0


class Cancelled(StrEnum):
    """By the gateway's answer where there is one."""

    WHOLE = "whole"  # all pictures
    PARTLY = "partly"  # some pictures; the others had begun
    ASKED = "asked"  # the gateway accepted; a later poll confirms it
    UNHEARD = "unheard"  # no answer; a later poll tells
    BEGUN = "begun"  # too late: drawing will be finished
    KEPT = "kept"  # the gateway refused, though the task still waits
    SENDING = "sending"
    ENDED = "ended"  # otherwise


def can_cancel(generation: Generation) -> bool:
    if generation.status in Generation.UNSENT:
        return True
    operation = OPERATIONS.get(generation.operation)
    return (
        generation.status == Status.RUNNING
        and operation is not None
        and operation.can_cancel
        and is_configured(generation.account)
        and any(task.status == TaskStatus.QUEUED for task in generation.tasks.all())
    )


def cancel(generation: Generation) -> Cancelled:
    """Call outside of a transaction."""
    if generation.status in Generation.UNSENT:
        with transaction.atomic():
            if generation.advance(
                Status.CANCELLED, finished_at=timezone.now(), version=F("version") + 1
            ):
                release(generation)
                return Cancelled.WHOLE
        generation.refresh_from_db()
        if generation.status in Generation.UNSENT:  # sent in vain, or paused
            return cancel(generation)
    if not can_cancel(generation):
        return _too_late(generation)
    was_accepted, error = _cancel_tasks(generation)
    make_due(generation)
    # An answer or a lost one may have changed a task.
    if was_accepted or error is None or error.code == Fault.LOST:
        poll_now(generation)
    return _result(generation, was_accepted=was_accepted, was_answered=error is None)


def _cancel_tasks(generation: Generation) -> tuple[bool, ProviderError | None]:
    """Whether the gateway accepted any, and the error that ended the calls."""
    provider, until = client_of(generation.account), time.monotonic() + BUDGET_SECONDS
    was_accepted = False
    waiting = generation.tasks.filter(status=TaskStatus.QUEUED)
    tasks = list(waiting.order_by("position"))
    account_load.count_direct_requests(generation.account, len(tasks))
    for task in tasks:
        try:
            provider.cancel(task.key)
            was_accepted = True
        except Refused as error:
            logger.info("%s was not cancelled: %s", task.key, error)
        except ProviderError as error:
            logger.warning("%s was not cancelled: %s", task.key, error)
            return was_accepted, error  # further calls would fail alike
        if time.monotonic() > until:
            break
    return was_accepted, None


def _too_late(generation: Generation) -> Cancelled:
    if generation.status == Status.SUBMITTING:
        return Cancelled.SENDING
    return Cancelled.BEGUN if generation.status == Status.RUNNING else Cancelled.ENDED


def _result(
    generation: Generation, *, was_accepted: bool, was_answered: bool
) -> Cancelled:
    """By the task rows, which hold the newest answer."""
    states = set(generation.tasks.values_list("status", flat=True))
    if generation.status == Status.CANCELLED:
        return Cancelled.WHOLE
    if TaskStatus.QUEUED in states:
        if was_accepted:
            return Cancelled.ASKED
        return Cancelled.KEPT if was_answered else Cancelled.UNHEARD
    if TaskStatus.CANCELLED in states:
        return Cancelled.PARTLY
    return _too_late(generation)
