"""Takes a generation back while it waits, and looks again when someone says so."""

import logging

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from generation import catalogue
from generation.clients import client, has_history
from generation.lifecycle.pace import FILL
from generation.lifecycle.sending import release
from generation.models import Generation, Inquiry, ProviderTask
from generation.operations import OPERATIONS
from generation.providers.base import ProviderError, Refused

logger = logging.getLogger(__name__)
Status = Generation.Status
TaskStatus = ProviderTask.Status


def can_cancel(generation: Generation) -> bool:
    """While it waits here, or waits there at a gateway that lets go of it."""
    if generation.status == Status.QUEUED:
        return True
    operation = OPERATIONS.get(generation.operation)
    return (
        generation.status == Status.RUNNING
        and operation is not None
        and operation.can_cancel
        and catalogue.is_configured(generation.account)
        and any(task.status == TaskStatus.QUEUED for task in generation.tasks.all())
    )


def cancel(generation: Generation) -> bool:
    """Take it back; False where it is too late. Call outside of a transaction.

    At the gateway only a poll then says what became of it, and of the money.
    """
    if generation.status == Status.QUEUED:
        with transaction.atomic():
            if generation.advance(
                Status.CANCELLED, finished_at=timezone.now(), version=F("version") + 1
            ):
                release(generation)
                return True
        generation.refresh_from_db()
    if not can_cancel(generation):
        return False
    provider = client(generation.account.provider)
    accepted = False
    for task in generation.tasks.filter(status=TaskStatus.QUEUED):
        try:
            provider.cancel(task.key)
            accepted = True
        except Refused as error:
            logger.info("%s was not cancelled: %s", task.key, error)
        except ProviderError as error:
            logger.warning("%s was not cancelled: %s", task.key, error)
            break  # someone waits for this, and a hundred more would say the same
    look_again(generation)
    return accepted


def look_again(generation: Generation) -> None:
    """Ask about its unfinished tasks at once: what a callback may do, and no more.

    As if long due: the call does not wait for more keys. Where its answer never came,
    ask what became of it.
    """
    now = timezone.now()
    generation.tasks.filter(is_booked=False).update(poll_after=now - FILL)
    is_lost = generation.status == Status.UNCERTAIN
    if is_lost and has_history(generation.account.provider):
        Inquiry.objects.filter(generation=generation).update(look_after=now)
