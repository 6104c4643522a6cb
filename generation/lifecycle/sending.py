"""Sends claimed generations: the paid call, and the booking of its outcome.

submitting ─→ running       accepted, with its provider tasks
   ├────────→ queued        unavailable, nothing happened: sent again later
   ├────────→ refused       refused: released
   └────────→ uncertain     it may have been paid: never sent again, but
                            searched for (see `submit_recovery`)
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
from gateways.providers.base import CostState, Order, Submitted
from gateways.providers.error_codes import LostRace
from gateways.providers.errors import ProviderError, Refused, Unavailable, Unknown
from gateways.providers.faults import Fault
from generation.booking_retry import DATABASE_AWAY
from generation.lifecycle import account_load, poll_schedule, series_steering
from generation.lifecycle.submitting import ledger_subject
from generation.models import Generation, ProviderTask, SubmitRecovery
from spend import ledger

logger = logging.getLogger(__name__)
Status = Generation.Status

#: An answer to the submit is booked in these.
AWAITING = (Status.SUBMITTING, Status.UNCERTAIN)
#: A generation not taken by the gateway for this long fails, at no cost.
GIVE_UP_SENDING_AFTER = datetime.timedelta(hours=1)
#: A generation counts as untried this long after ``send_after``.
UNTRIED_AFTER = datetime.timedelta(minutes=5)
#: Longest wait before a resend: own back-off, gateway's Retry-After. RETRY_JITTER
#: lengthens both by up to that share.
LONGEST_RETRY_SECONDS = 60.0
LONGEST_RETRY_AFTER_SECONDS = circuit_breaker.LONGEST_RETRY_AFTER_SECONDS
RETRY_JITTER = 0.4
LONGEST_RETRY = datetime.timedelta(
    seconds=LONGEST_RETRY_AFTER_SECONDS * (1.0 + RETRY_JITTER)
)


@dataclass(frozen=True, slots=True)
class Submission:
    generation: Generation
    order: Order
    notify_url: str


def send(submission: Submission) -> Submitted | ProviderError:
    """The paid call. Touches no database; returns its error."""
    try:
        provider = client_of(submission.generation.account)
        return provider.submit(submission.order, notify_url=submission.notify_url)
    except ProviderError as error:
        return error
    except Exception as error:  # the gateway may have acted
        logger.exception("Generation %s broke its call", submission.generation.pk)
        return broken_call(error)


def book_sent(submission: Submission, outcome: Submitted | ProviderError) -> None:
    """Book the outcome, also after the sweep made the generation *uncertain*."""
    generation = submission.generation
    if isinstance(outcome, Submitted) and generation.status == Status.SUBMITTING:
        # Nearly always still as claimed: not read first.
        _gateway_works(generation.account)
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
            # The account's fault: the generation keeps its turn.
            circuit_breaker.failed(generation.account, outcome, is_paid=True)
            _requeue(generation, outcome, 0.0)
        case Refused():
            _gateway_works(generation.account)
            end_unsent(generation, Status.REFUSED, outcome)
        case Unavailable():
            circuit_breaker.failed(generation.account, outcome, is_paid=True)
            _send_later(generation, outcome)
        case _:
            circuit_breaker.failed(generation.account, outcome, is_paid=True)
            make_uncertain(generation, outcome)


def book_sent_again(submission: Submission, outcome: Submitted | ProviderError) -> None:
    """Book after the database was away, on a fresh row: the failed transaction was not
    undone in memory."""
    rows = Generation.objects.select_related("team", "requested_by", "account__health")
    fresh = rows.get(pk=submission.generation.pk)
    if fresh.attempts != submission.generation.attempts:
        return  # booked before the connection broke, then resent
    book_sent(replace(submission, generation=fresh), outcome)


def _gateway_works(account: GatewayAccount) -> None:
    """A pause that ends by itself is over."""
    circuit_breaker.answered(account)
    if account.health.is_paused and account.health.paused_code:
        pausing.resume(account, by=None)


def book_accepted(generation: Generation, submitted: Submitted) -> bool:
    """Create the tasks, once. False: the generation moved meanwhile, or the answer
    cannot be booked."""
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
                ledger_subject(generation),
                quoted,
                expected,
                reference=generation.reference,
            )
            _make_tasks(generation, submitted, now)
        return True
    except DATABASE_AWAY:
        raise  # booked again
    except Exception as error:
        # Paid, but not booked: a person must decide. A reused key leads here too.
        logger.exception("What was accepted for %s is not booked", generation.pk)
        generation.refresh_from_db()
        is_reused = isinstance(error, IntegrityError)
        fault = Fault.KEY_REUSED if is_reused else Fault.UNBOOKED
        make_uncertain(generation, Unknown(repr(error), code=fault, raw=answer))
        return False


def _make_tasks(
    generation: Generation, submitted: Submitted, now: datetime.datetime
) -> None:
    shares = shares_of(generation.reserved, len(submitted.tasks))
    load = account_load.at(generation.account)
    usual = load.usual_for(generation)
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
            + poll_schedule.first_poll(task.expected_seconds or usual, load),
        )
        for position, (task, share) in enumerate(
            zip(submitted.tasks, shares, strict=True)
        )
    )


def shares_of(total: int, parts: int) -> list[int]:
    """Whole numbers that add up to ``total``, differing by one at most."""
    share, rest = divmod(total, parts)
    return [share + (index < rest) for index in range(parts)]


def _send_later(generation: Generation, error: Unavailable) -> None:
    now = timezone.now()
    since = _unsent_since(generation, now)
    if now - since > GIVE_UP_SENDING_AFTER:
        end_unsent(generation, Status.FAILED, error)
        return
    retry = code_of(generation.provider, error.code).retry
    if isinstance(retry, LostRace):
        seconds = random.uniform(retry.least_seconds, retry.most_seconds)
        wait = min(seconds * generation.attempts, LONGEST_RETRY_SECONDS)
        _requeue(generation, error, wait, since)
        return
    wait = min(2.0 ** min(generation.attempts, 6), LONGEST_RETRY_SECONDS)
    if error.retry_after is not None:
        wait = min(max(error.retry_after, 1.0), LONGEST_RETRY_AFTER_SECONDS)
    _requeue(generation, error, wait * random.uniform(1.0, 1.0 + RETRY_JITTER), since)


def _requeue(
    generation: Generation,
    error: ProviderError,
    seconds: float,
    since: datetime.datetime | None = None,
) -> None:
    """As its series stands now: a paused one waits, a cancelled one ends."""
    with transaction.atomic():
        waits = series_steering.waits(generation)
        if waits == Status.CANCELLED:
            end_unsent(generation, Status.CANCELLED, error)
            return
        generation.advance(
            waits,
            send_after=timezone.now() + datetime.timedelta(seconds=seconds),
            unsent_since=since,
            failure_code=error.code,
            failure_message=error.message,
            answer=error.raw,
            version=F("version") + 1,
        )


def _unsent_since(generation: Generation, now: datetime.datetime) -> datetime.datetime:
    """Start of the gateway's failures in a row to take it. Untried after it was due, a
    generation begins a new row: the portal was down."""
    tried_at = generation.submitting_at or now
    since = generation.unsent_since
    was_tried = tried_at - generation.send_after < UNTRIED_AFTER
    return since if since and since <= now and was_tried else tried_at


def end_unsent(generation: Generation, status: str, error: ProviderError) -> None:
    """End a generation that was not taken, and release."""
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
    ledger.release(
        ledger_subject(generation), generation.reserved, reference=generation.reference
    )


def broken_call(error: Exception) -> Unknown:
    return Unknown(repr(error), code=Fault.BROKEN)


def make_uncertain(generation: Generation, error: ProviderError) -> None:
    """Perhaps paid: keep the reservation, begin a recovery."""
    is_new, now = generation.status != Status.UNCERTAIN, timezone.now()
    with transaction.atomic():
        if (
            generation.advance(
                Status.UNCERTAIN,
                failure_code=error.code,
                failure_message=error.message,
                answer=error.raw,
                version=F("version") + 1,
            )
            and is_new
        ):
            look_after = now if has_history(generation.provider) else None
            SubmitRecovery.objects.update_or_create(
                generation=generation,
                defaults={"begun_at": now, "look_after": look_after, "looks": 0},
            )
