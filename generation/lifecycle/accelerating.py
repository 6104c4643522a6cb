"""Moves a generation forward in the gateway's queue, for integrals, once per click.

    asked ─→ accepted   settled with the final cost of its tasks
      ├────→ refused    a refusal, or nothing happened at the gateway: released
      └────→ unknown    the answer was lost: stays reserved until the final cost

The call is paid and has no idempotency key: intent and reservation are written first,
and no machine sends it twice. A task's share changes only while the task is open; an
answer is booked only against the share of its poll (`ProviderTask.GUARDED`).
"""

import logging

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from gateways import circuit_breaker, pausing
from gateways.clients import client_of, is_configured
from gateways.models import GatewayAccount
from gateways.providers.errors import ProviderError, Refused, Unavailable, Unknown
from gateways.providers.faults import Fault
from generation.lifecycle import account_load
from generation.lifecycle.polling import make_due, poll_now
from generation.lifecycle.sending import shares_of
from generation.lifecycle.submitting import ledger_subject
from generation.models import Acceleration, Generation, ProviderTask
from generation.operations import OPERATIONS
from spend import ledger

logger = logging.getLogger(__name__)
Status = Acceleration.Status
TaskStatus = ProviderTask.Status


# --- The offer


def most_steps(generation: Generation) -> int:
    """The number of places it can be moved forward now.

    Reads ``tasks`` and ``accelerations``. Counts other generations only: to pass its
    own pictures gains nothing.
    """
    waiting = [t for t in generation.tasks.all() if t.status == TaskStatus.QUEUED]
    if (
        not waiting
        or generation.status != Generation.Status.RUNNING
        or place_price(generation) is None
        or not _takes(generation.account)
        or any(each.status in Acceleration.OPEN for each in _made(generation))
    ):
        return 0
    last = max(task.ahead or 0 for task in waiting)
    return max(last - (len(waiting) - 1), 0)


def _takes(account: GatewayAccount) -> bool:
    health = account.health
    is_left_alone = health.tripped_at or health.is_quiet(timezone.now())
    return is_configured(account) and not (health.is_paused or is_left_alone)


def place_price(generation: Generation) -> int | None:
    """Integrals for one place forward, all pictures (contract wujie §5.3)."""
    operation = OPERATIONS.get(generation.operation)
    if operation is None or operation.place_price is None:
        return None
    return operation.place_price * generation.pictures


def next_number(generation: Generation) -> int:
    """Idempotency key of the offered acceleration: a double click repeats it."""
    return len(_made(generation)) + 1


def _made(generation: Generation) -> list[Acceleration]:
    return list(generation.accelerations.all())


# --- Claim, call, book


def accelerate(
    generation: Generation, *, steps: int, number: int, asked_by: User
) -> Acceleration | None:
    """Claim, call and book while a person waits; then poll. Call outside of a
    transaction.

    None: too late, or another click was first; nothing was sent. Raises BudgetExceeded
    or FundsExceeded; then nothing is written.
    """
    acceleration = claim_acceleration(
        generation, steps=steps, number=number, asked_by=asked_by
    )
    if acceleration:
        account_load.count_direct_requests(generation.account, 1)
        error = send_acceleration(acceleration)
        book_accelerated(acceleration, error)
        make_due(generation)
        if not isinstance(error, Unavailable):
            poll_now(generation)
    return acceleration


def claim_acceleration(
    generation: Generation, *, steps: int, number: int, asked_by: User
) -> Acceleration | None:
    """Write the intent and reserve the price, once per number."""
    try:
        with transaction.atomic():
            return _claim(generation, steps, number, asked_by)
    except IntegrityError:
        return None


def _claim(
    generation: Generation, steps: int, number: int, asked_by: User
) -> Acceleration | None:
    """Lock order: tasks, ledger, generation."""
    waiting = generation.tasks.filter(status=TaskStatus.QUEUED).order_by("pk")
    tasks = list(waiting.select_for_update())
    fresh = Generation.objects.select_related("account__health").get(pk=generation.pk)
    price = place_price(fresh)
    is_next = number == next_number(fresh)
    if not (tasks and price and is_next and 1 <= steps <= most_steps(fresh)):
        return None
    shares = dict(zip(tasks, shares_of(price * steps, len(tasks)), strict=True))
    acceleration = Acceleration(
        generation=fresh,
        number=number,
        asked_by=asked_by,
        key=tasks[0].key,
        steps=steps,
        price=price * steps,
        shares={str(task.pk): share for task, share in shares.items()},
    )
    ledger.reserve_more(
        ledger_subject(fresh), acceleration.price, reference=acceleration.reference
    )
    _add(fresh, {task.pk: share for task, share in shares.items()})
    acceleration.save()
    return acceleration


def _add(generation: Generation, shares: dict[int, int]) -> None:
    for pk, share in shares.items():
        rows = ProviderTask.objects.filter(pk=pk)
        rows.update(reserved=F("reserved") + share)
    Generation.objects.filter(pk=generation.pk).update(
        reserved=F("reserved") + sum(shares.values()), version=F("version") + 1
    )


def send_acceleration(acceleration: Acceleration) -> ProviderError | None:
    """The paid call. Touches no database; returns its error."""
    try:
        provider = client_of(acceleration.generation.account)
        provider.accelerate(acceleration.key, acceleration.steps)
    except ProviderError as error:
        return error
    except Exception as error:  # the gateway may have acted
        logger.exception("%s broke its call", acceleration)
        return Unknown(repr(error), code=Fault.BROKEN)
    return None


def book_accelerated(acceleration: Acceleration, error: ProviderError | None) -> None:
    """Book the answer, also after the sweep made it *unknown*."""
    if acceleration.status not in Acceleration.OPEN:
        return
    account = acceleration.generation.account
    if error is None or (
        isinstance(error, Refused) and not pausing.is_about_account(account, error)
    ):
        circuit_breaker.answered(account)
    else:
        circuit_breaker.failed(account, error, is_paid=True)
    if error is None:
        moved = _move(acceleration, Status.ACCEPTED)
    elif isinstance(error, Refused | Unavailable):
        moved = _refuse(acceleration, error)
    else:
        moved = _move(acceleration, Status.UNKNOWN, error)
    if not moved and acceleration.status == Status.ASKED:
        acceleration.refresh_from_db(fields=["status"])
        book_accelerated(acceleration, error)


def _move(
    acceleration: Acceleration, to: str, error: ProviderError | None = None
) -> bool:
    with transaction.atomic():
        moved = acceleration.advance(
            to,
            answered_at=timezone.now() if error is None else None,
            failure_code=error.code if error else "",
            failure_message=error.message if error else "",
        )
        if moved:
            rows = Generation.objects.filter(pk=acceleration.generation_id)
            rows.update(version=F("version") + 1)
    return moved


def _refuse(acceleration: Acceleration, error: ProviderError) -> bool:
    """Release shares of open tasks; settlement releases the others."""
    generation = acceleration.generation
    with transaction.atomic():
        rows = generation.tasks.filter(status__in=ProviderTask.OPEN).order_by("pk")
        still_open = [
            task.pk
            for task in rows.select_for_update()
            if str(task.pk) in acceleration.shares
        ]
        shares = {pk: -acceleration.shares[str(pk)] for pk in still_open}
        released = -sum(shares.values())
        if not acceleration.advance(
            Status.REFUSED,
            released=released,
            answered_at=timezone.now(),
            failure_code=error.code,
            failure_message=error.message,
        ):
            return False
        ledger.release(
            ledger_subject(generation), released, reference=acceleration.reference
        )
        _add(generation, shares)
    return True


def sweep_accelerations() -> int:
    """Make those of dead processes *unknown*. Returns the number of rows."""
    stuck = list(Acceleration.objects.stuck(timezone.now()))
    for acceleration in stuck:
        _move(acceleration, Status.UNKNOWN, Unknown("", code=Fault.DIED))
    return len(stuck)
