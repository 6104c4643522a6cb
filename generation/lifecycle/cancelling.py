"""Takes a generation back while it waits, and looks again when someone says so.

Here it is taken back at once. There it is asked for, picture by picture, and what
became of each, and of its money, only an answer to a poll says: so nothing is ever
called cancelled here that the gateway still draws, or still takes money for.
"""

import datetime
import logging
import time
from enum import StrEnum

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from gateways.clients import client_of, has_history, is_configured
from gateways.providers.base import ProviderError, Refused
from gateways.providers.faults import Fault
from generation.lifecycle import account_load
from generation.lifecycle.poll_schedule import FILL
from generation.lifecycle.polling import ask_now
from generation.lifecycle.sending import release
from generation.models import Generation, Inquiry, ProviderTask
from generation.operations import OPERATIONS

logger = logging.getLogger(__name__)
Status = Generation.Status
TaskStatus = ProviderTask.Status

#: What is booked is asked about no sooner after its last answer.
RECHECK = datetime.timedelta(minutes=10)
#: Seconds. Someone waits: what was not asked for by then goes on.
LONGEST = 15.0


class Cancelled(StrEnum):
    """What became of it, by the gateway's own answer where it was there."""

    WHOLE = "whole"  # nothing is drawn any more
    PARTLY = "partly"  # some pictures are taken back, others had begun
    ASKED = "asked"  # the gateway took it; its next answer says so
    UNHEARD = "unheard"  # the gateway did not answer: asked again, and told then
    BEGUN = "begun"  # too late: it is drawn, and will be finished
    KEPT = "kept"  # the gateway does not let go of it, though it waits there
    SENDING = "sending"  # too early, or too late: it is being sent just now
    ENDED = "ended"  # it has ended otherwise


def can_cancel(generation: Generation) -> bool:
    """While it waits here, or waits there at a gateway that lets go of it."""
    if generation.status == Status.QUEUED:
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
    """Take it back, as far as it still waits. Call outside of a transaction."""
    if generation.status == Status.QUEUED:
        with transaction.atomic():
            if generation.advance(
                Status.CANCELLED, finished_at=timezone.now(), version=F("version") + 1
            ):
                release(generation)
                return Cancelled.WHOLE
        generation.refresh_from_db()
        if generation.status == Status.QUEUED:  # it was tried in vain meanwhile
            return cancel(generation)
    if not can_cancel(generation):
        return _untaken(generation)
    was_taken, error = _ask_for_it(generation)
    look_again(generation)
    # A state that has changed is asked after, and so is a lost answer.
    if was_taken or error is None or error.code == Fault.LOST:
        ask_now(generation)
    return _told(generation, was_taken=was_taken, was_heard=error is None)


def _ask_for_it(generation: Generation) -> tuple[bool, ProviderError | None]:
    """Whether the gateway let go of any picture, and what kept us from asking on."""
    provider, until = client_of(generation.account), time.monotonic() + LONGEST
    was_taken = False
    waiting = generation.tasks.filter(status=TaskStatus.QUEUED)
    tasks = list(waiting.order_by("position"))
    account_load.ask_beside(generation.account, len(tasks))
    for task in tasks:
        try:
            provider.cancel(task.key)
            was_taken = True
        except Refused as error:
            logger.info("%s was not cancelled: %s", task.key, error)
        except ProviderError as error:
            logger.warning("%s was not cancelled: %s", task.key, error)
            return was_taken, error  # a hundred more would say the same
        if time.monotonic() > until:
            break
    return was_taken, None


def _untaken(generation: Generation) -> Cancelled:
    if generation.status == Status.SUBMITTING:
        return Cancelled.SENDING
    return Cancelled.BEGUN if generation.status == Status.RUNNING else Cancelled.ENDED


def _told(generation: Generation, *, was_taken: bool, was_heard: bool) -> Cancelled:
    """By its rows, which hold the gateway's newest answer."""
    states = set(generation.tasks.values_list("status", flat=True))
    if generation.status == Status.CANCELLED:
        return Cancelled.WHOLE
    if TaskStatus.QUEUED in states:
        if was_taken:
            return Cancelled.ASKED
        return Cancelled.KEPT if was_heard else Cancelled.UNHEARD
    if TaskStatus.CANCELLED in states:
        return Cancelled.PARTLY
    return _untaken(generation)


def look_again(generation: Generation) -> None:
    """Ask about its unfinished tasks at once: what a callback may do, and no more.

    As if long due: the call does not wait for more keys. What is booked may have become
    another thing since; it is asked about too, but however often somebody calls, only
    ``RECHECK`` after its last answer. Where the answer to the submit never came, ask
    what became of it.
    """
    now = timezone.now()
    generation.tasks.filter(is_booked=False).update(poll_after=now - FILL)
    is_later = Q(poll_after=None) | Q(poll_after__gt=now + RECHECK)
    booked = generation.tasks.filter(is_later, is_booked=True)
    booked.filter(answered_at__gt=now - RECHECK).update(poll_after=now + RECHECK)
    booked.exclude(answered_at__gt=now - RECHECK).update(poll_after=now - FILL)
    is_lost = generation.status == Status.UNCERTAIN
    if is_lost and has_history(generation.account.provider):
        Inquiry.objects.filter(generation=generation).update(look_after=now)
