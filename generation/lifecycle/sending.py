"""Sends what is queued, once: claim, the paid call, and what came of it.

queued ─→ submitting ─→ running       accepted, with its provider tasks
             ├────────→ queued        nothing happened there: asked later
             ├────────→ refused       a clear no: released
             └────────→ uncertain     it may have been paid: never sent again, but
                                      asked after (see `inquiring`)
"""

import datetime
import json
import logging
import random
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from generation import catalogue
from generation.clients import client, has_history
from generation.lifecycle import pace, traffic
from generation.lifecycle.accepting import order_of, subject
from generation.models import Generation, Inquiry, ProviderTask
from generation.providers.base import (
    CostState,
    Order,
    ProviderError,
    Refused,
    Submitted,
    Unavailable,
    Unknown,
)
from generation.providers.faults import Fault
from spend import ledger

logger = logging.getLogger(__name__)
Status = Generation.Status

#: A generation that could not be sent for so long fails, and costs nothing.
GIVE_UP_SENDING_AFTER = datetime.timedelta(hours=1)
#: Seconds until what was not taken is sent again: by our own patience at most, and
#: by the gateway's Retry-After at most.
LONGEST_WAIT = 60.0
MOST_OBEYED = 900.0


@dataclass(frozen=True, slots=True)
class Sending:
    generation: Generation
    order: Order
    notify_url: str


def claim_queued(provider: str, limit: int) -> list[Sending]:
    """Take what is to be sent: *submitting* from here on, and never sent twice."""
    due = Generation.objects.due(timezone.now()).filter(catalogue.configured(provider))
    claimed = []
    for generation in due.select_related("account")[:limit]:
        try:
            sending = _claim(generation)
        except Exception:
            # What was claimed before it is sent all the same.
            logger.exception("Generation %s could not be claimed", generation.pk)
            continue
        if sending:
            claimed.append(sending)
    return claimed


def _claim(generation: Generation) -> Sending | None:
    try:
        order = order_of(generation)
    except Exception as error:
        logger.exception("Generation %s cannot be written as an order", generation.pk)
        _end(generation, Status.FAILED, _mistake(error))
        return None
    if generation.advance(
        Status.SUBMITTING,
        submitting_at=timezone.now(),
        attempts=F("attempts") + 1,
        balance_before=generation.account.balance,
        version=F("version") + 1,
    ):
        return Sending(generation, order, notify_url(generation))
    return None


def notify_url(generation: Generation) -> str:
    if not settings.PUBLIC_URL:
        return ""
    path = reverse("callbacks:receive", args=[generation.callback_token])
    return f"{settings.PUBLIC_URL}{path}"


def send(sending: Sending) -> Submitted | ProviderError:
    """The paid call. Touches no database; gives its error as a value."""
    try:
        provider = client(sending.generation.account.provider)
        return provider.submit(sending.order, notify_url=sending.notify_url)
    except ProviderError as error:
        return error
    except Exception as error:  # it may have happened before this broke
        logger.exception("Generation %s broke its call", sending.generation.pk)
        return _mistake(error)


def book_sent(sending: Sending, outcome: Submitted | ProviderError) -> None:
    """An answer that came after the sweep had given it up is still an answer."""
    generation = sending.generation
    if isinstance(outcome, Submitted) and generation.status == Status.SUBMITTING:
        # As it was claimed: nearly always it still is, so nothing is read before.
        catalogue.note_answer(generation.account)
        if book_accepted(generation, outcome) or generation.status != Status.SUBMITTING:
            return
    generation.refresh_from_db(fields=["status"])
    if generation.status not in (Status.SUBMITTING, Status.UNCERTAIN):
        logger.warning(
            "An answer for generation %s came when it was %s: %r",
            generation.pk,
            generation.status,
            outcome,
        )
        return
    match outcome:
        case Submitted():
            book_accepted(generation, outcome)
        case Refused():
            catalogue.note_answer(generation.account)
            _end(generation, Status.REFUSED, outcome)
        case Unavailable():
            catalogue.note_trouble(generation.account, outcome)
            _send_later(generation, outcome)
        case _:
            catalogue.note_trouble(generation.account, outcome)
            _uncertain(generation, outcome)


def book_accepted(generation: Generation, submitted: Submitted) -> bool:
    """Make its tasks, once. False: it moved meanwhile, or cannot be booked."""
    now = timezone.now()
    answer = json.dumps(submitted.raw, ensure_ascii=False)
    quoted, expected = generation.reserved, submitted.expected_cost
    if expected is None:
        expected = quoted
    try:
        with transaction.atomic():
            if not generation.advance(
                Status.RUNNING,
                submitted_at=now,
                answer=answer,
                failure_code="",
                failure_message="",
                reserved=expected,
                version=F("version") + 1,
            ):
                return False
            ledger.adjust_reservation(
                subject(generation), quoted, expected, reference=generation.reference
            )
            _make_tasks(generation, submitted, now)
        return True
    except Exception as error:
        # Paid for, and not to be booked: a person must say whose it is. A key that is
        # another generation's comes here too.
        logger.exception("What was accepted for %s is not booked", generation.pk)
        generation.refresh_from_db()
        is_reused = isinstance(error, IntegrityError)
        fault = Fault.KEY_REUSED if is_reused else Fault.UNBOOKED
        _uncertain(generation, Unknown(repr(error), code=fault, raw=answer))
        return False


def _make_tasks(
    generation: Generation, submitted: Submitted, now: datetime.datetime
) -> None:
    shares = _shares(generation.reserved, len(submitted.tasks))
    known = traffic.at(generation.account)
    usual = known.usual_for(generation)
    ProviderTask.objects.bulk_create(
        ProviderTask(
            generation=generation,
            account=generation.account,
            key=task.key,
            position=position,
            expected_seconds=task.expected_seconds,
            reserved=share,
            cost=share if submitted.is_billed else None,
            cost_state=(
                CostState.CHARGED if submitted.is_billed else CostState.UNKNOWN
            ).value,
            poll_after=now + pace.first_look(task.expected_seconds or usual, known),
        )
        for position, (task, share) in enumerate(
            zip(submitted.tasks, shares, strict=True)
        )
    )


def _shares(total: int, parts: int) -> list[int]:
    """Whole numbers that differ by one at most and add up to ``total``."""
    share, rest = divmod(total, parts)
    return [share + (index < rest) for index in range(parts)]


def _send_later(generation: Generation, error: Unavailable) -> None:
    now = timezone.now()
    if now - generation.created_at > GIVE_UP_SENDING_AFTER:
        _end(generation, Status.FAILED, error)
        return
    generation.refresh_from_db(fields=["attempts"])
    wait = min(2.0 ** min(generation.attempts, 6), LONGEST_WAIT)
    if error.retry_after is not None:
        wait = min(max(error.retry_after, 1.0), MOST_OBEYED)
    generation.advance(
        Status.QUEUED,
        send_after=now + datetime.timedelta(seconds=wait * random.uniform(1.0, 1.4)),
        failure_code=error.code,
        failure_message=error.message,
        answer=error.raw,
        version=F("version") + 1,
    )


def _end(generation: Generation, status: str, error: ProviderError) -> None:
    """Ended before the gateway took it: whatever was reserved goes back."""
    with transaction.atomic():
        if generation.advance(
            status,
            finished_at=timezone.now(),
            failure_code=error.code,
            failure_message=error.message,
            answer=error.raw,
            version=F("version") + 1,
        ):
            release(generation)


def release(generation: Generation) -> None:
    """Give back all that was reserved for it."""
    ledger.release(
        subject(generation), generation.reserved, reference=generation.reference
    )


def _mistake(error: Exception) -> Unknown:
    return Unknown(repr(error), code=Fault.BROKEN)


def _uncertain(generation: Generation, error: ProviderError) -> None:
    """It may have been paid. The reservation stays until that is known."""
    is_news, now = generation.status != Status.UNCERTAIN, timezone.now()
    with transaction.atomic():
        if (
            generation.advance(
                Status.UNCERTAIN,
                failure_code=error.code,
                failure_message=error.message,
                answer=error.raw,
                version=F("version") + 1,
            )
            and is_news
        ):
            look_after = now if has_history(generation.account.provider) else None
            Inquiry.objects.update_or_create(
                generation=generation,
                defaults={"begun_at": now, "look_after": look_after, "looks": 0},
            )


def sweep_stuck() -> int:
    """What a dead process was sending became uncertain. Gives the number of rows."""
    stuck = Generation.objects.stuck(timezone.now()).select_related("account")
    for generation in stuck:
        _uncertain(generation, Unknown("", code=Fault.DIED))
    return len(stuck)
