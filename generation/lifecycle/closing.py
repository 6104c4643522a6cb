"""A person closes an uncertain generation or an overdue task as paid or unpaid."""

import logging

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from gateways.providers.faults import Fault
from generation.lifecycle.booking import finish_generations
from generation.lifecycle.poll_schedule import late_poll
from generation.lifecycle.sending import release
from generation.lifecycle.submitting import ledger_subject
from generation.models import Generation, ProviderTask, SubmitRecovery
from spend import ledger

logger = logging.getLogger(__name__)
Status = Generation.Status


def close(generation: Generation, *, was_paid: bool, closed_by: User) -> bool:
    """Write the reservation off or release it; later answers are logged and ignored.
    False: an answer or another person was first."""
    if generation.status != Status.UNCERTAIN:
        return False
    now = timezone.now()
    with transaction.atomic():
        if not generation.advance(
            Status.FAILED,
            finished_at=now,
            failure_code=Fault.CLOSED_PAID if was_paid else Fault.CLOSED_UNPAID,
            version=F("version") + 1,
        ):
            return False
        SubmitRecovery.objects.update_or_create(
            generation=generation,
            defaults={"look_after": None, "closed_by": closed_by, "closed_at": now},
        )
        if was_paid:
            ledger.write_off(
                ledger_subject(generation),
                generation.reserved,
                reference=generation.reference,
            )
        else:
            release(generation)
    logger.info("Generation %s was closed by %s", generation.pk, closed_by)
    return True


def close_task(task: ProviderTask, *, was_paid: bool, closed_by: User) -> bool:
    """Write an overdue task's share off or release it. False: an answer or another
    person was first.

    Polled on (`late_updates.POLL_CLOSED_FOR`): late pictures are archived, and the
    gateway's cost replaces this decision.
    """
    if task.status != ProviderTask.Status.OVERDUE:
        return False
    now, generation = timezone.now(), task.generation
    with transaction.atomic():
        if not task.advance(
            ProviderTask.Status.FAILED,
            failure_code=Fault.OVERDUE_PAID if was_paid else Fault.OVERDUE_UNPAID,
            finished_at=now,
            closed_by=closed_by,
            cost=0,
            is_booked=True,
            ahead=None,
            poll_after=now + late_poll(task, now),
        ):
            return False
        end = ledger.write_off if was_paid else ledger.release
        end(ledger_subject(generation), task.reserved, reference=task.reference)
        finish_generations({generation.pk}, now)
        rows = Generation.objects.filter(pk=generation.pk)
        rows.update(version=F("version") + 1)
    logger.info("Provider task %s was closed by %s", task.pk, closed_by)
    return True
