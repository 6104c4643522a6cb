"""Sends what was claimed, once: the paid call, and what came of it.

submitting ─→ running       accepted, with its provider tasks
   ├────────→ queued        nothing happened there: asked later
   ├────────→ refused       a clear no: released
   └────────→ uncertain     it may have been paid: never sent again, but
                            asked after (see `inquiring`)
"""

import datetime
import json
import logging
import random
from dataclasses import dataclass, replace

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from gateways import circuit_breaker, pausing
from gateways.clients import client_of, code_of, has_history
from gateways.models import GatewayAccount
from gateways.providers.base import (
    CostState,
    Order,
    ProviderError,
    Refused,
    Submitted,
    Unavailable,
    Unknown,
)
from gateways.providers.error_codes import LostRace
from gateways.providers.faults import Fault
from generation.booking_retry import AWAY
from generation.lifecycle import account_load, poll_schedule
from generation.lifecycle.submitting import subject
from generation.models import Generation, Inquiry, ProviderTask
from spend import ledger

logger = logging.getLogger(__name__)
Status = Generation.Status

#: Its answer may still come.
AWAITING = (Status.SUBMITTING, Status.UNCERTAIN)
#: A generation that could not be sent for so long fails, and costs nothing.
GIVE_UP_SENDING_AFTER = datetime.timedelta(hours=1)
#: So long after it was due, it was not tried.
UNTRIED = datetime.timedelta(minutes=5)
#: Seconds until what was not taken is sent again: by our own patience at most, and
#: by the gateway's Retry-After at most.
LONGEST_WAIT = 60.0
MOST_OBEYED = circuit_breaker.LONGEST_RETRY_AFTER_SECONDS


@dataclass(frozen=True, slots=True)
class Sending:
    generation: Generation
    order: Order
    notify_url: str


def send(sending: Sending) -> Submitted | ProviderError:
    """The paid call. Touches no database; gives its error as a value."""
    try:
        provider = client_of(sending.generation.account)
        return provider.submit(sending.order, notify_url=sending.notify_url)
    except ProviderError as error:
        return error
    except Exception as error:  # it may have happened before this broke
        logger.exception("Generation %s broke its call", sending.generation.pk)
        return mistake(error)


def book_sent(sending: Sending, outcome: Submitted | ProviderError) -> None:
    """An answer that came after the sweep had given it up is still an answer."""
    generation = sending.generation
    if isinstance(outcome, Submitted) and generation.status == Status.SUBMITTING:
        # As it was claimed: nearly always it still is, so nothing is read before.
        _taken(generation.account)
        if book_accepted(generation, outcome) or generation.status != Status.SUBMITTING:
            return
    generation.refresh_from_db(fields=["status"])
    if generation.status not in AWAITING:
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
        case Refused() | Unavailable() if pausing.is_about_account(
            generation.account, outcome
        ):
            # Nothing was made, and it is not its fault: it keeps its place.
            circuit_breaker.failed(generation.account, outcome, is_paid=True)
            _requeue(generation, outcome, 0.0)
        case Refused():
            _taken(generation.account)
            end(generation, Status.REFUSED, outcome)
        case Unavailable():
            circuit_breaker.failed(generation.account, outcome, is_paid=True)
            _send_later(generation, outcome)
        case _:
            circuit_breaker.failed(generation.account, outcome, is_paid=True)
            uncertain(generation, outcome)


def book_sent_again(sending: Sending, outcome: Submitted | ProviderError) -> None:
    """The database was away: on the row as it is now, for what was booked in part is
    undone there, and not in memory."""
    rows = Generation.objects.select_related("team", "requested_by", "account__health")
    fresh = rows.get(pk=sending.generation.pk)
    if fresh.attempts != sending.generation.attempts:
        return  # what broke was only the connection, and it was sent again since
    book_sent(replace(sending, generation=fresh), outcome)


def _taken(account: GatewayAccount) -> None:
    """It deals with what it is sent, so a pause that was to end by itself is over."""
    circuit_breaker.answered(account)
    if account.health.is_paused and account.health.paused_code:
        pausing.resume(account, by=None)


def book_accepted(generation: Generation, submitted: Submitted) -> bool:
    """Make its tasks, once. False: it moved meanwhile, or cannot be booked."""
    if generation.status not in AWAITING:
        return False
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
                unsent_since=None,
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
    except AWAY:
        raise  # it is not the answer's fault: it is booked again
    except Exception as error:
        # Paid for, and not to be booked: a person must say whose it is. A key that is
        # another generation's comes here too.
        logger.exception("What was accepted for %s is not booked", generation.pk)
        generation.refresh_from_db()
        is_reused = isinstance(error, IntegrityError)
        fault = Fault.KEY_REUSED if is_reused else Fault.UNBOOKED
        uncertain(generation, Unknown(repr(error), code=fault, raw=answer))
        return False


def _make_tasks(
    generation: Generation, submitted: Submitted, now: datetime.datetime
) -> None:
    shares = shares_of(generation.reserved, len(submitted.tasks))
    known = account_load.at(generation.account)
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
            poll_after=now
            + poll_schedule.first_look(task.expected_seconds or usual, known),
        )
        for position, (task, share) in enumerate(
            zip(submitted.tasks, shares, strict=True)
        )
    )


def shares_of(total: int, parts: int) -> list[int]:
    """Whole numbers that differ by one at most and add up to ``total``."""
    share, rest = divmod(total, parts)
    return [share + (index < rest) for index in range(parts)]


def _send_later(generation: Generation, error: Unavailable) -> None:
    now = timezone.now()
    since = _unsent_since(generation, now)
    if now - since > GIVE_UP_SENDING_AFTER:
        end(generation, Status.FAILED, error)
        return
    retry = code_of(generation.provider, error.code).retry
    if isinstance(retry, LostRace):
        seconds = random.uniform(retry.least_seconds, retry.most_seconds)
        wait = min(seconds * generation.attempts, LONGEST_WAIT)
        _requeue(generation, error, wait, since)
        return
    wait = min(2.0 ** min(generation.attempts, 6), LONGEST_WAIT)
    if error.retry_after is not None:
        wait = min(max(error.retry_after, 1.0), MOST_OBEYED)
    _requeue(generation, error, wait * random.uniform(1.0, 1.4), since)


def _requeue(
    generation: Generation,
    error: ProviderError,
    seconds: float,
    since: datetime.datetime | None = None,
) -> None:
    generation.advance(
        Status.QUEUED,
        send_after=timezone.now() + datetime.timedelta(seconds=seconds),
        unsent_since=since,
        failure_code=error.code,
        failure_message=error.message,
        answer=error.raw,
        version=F("version") + 1,
    )


def _unsent_since(generation: Generation, now: datetime.datetime) -> datetime.datetime:
    """The first time in a row that the gateway could not take it. Where it was not
    tried for long after it was due, the row begins anew: we were not able to ask."""
    tried_at = generation.submitting_at or now
    since = generation.unsent_since
    was_tried = tried_at - generation.send_after < UNTRIED
    return since if since and since <= now and was_tried else tried_at


def end(generation: Generation, status: str, error: ProviderError) -> None:
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


def mistake(error: Exception) -> Unknown:
    return Unknown(repr(error), code=Fault.BROKEN)


def uncertain(generation: Generation, error: ProviderError) -> None:
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
            look_after = now if has_history(generation.provider) else None
            Inquiry.objects.update_or_create(
                generation=generation,
                defaults={"begun_at": now, "look_after": look_after, "looks": 0},
            )
