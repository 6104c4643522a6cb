"""Carries a generation from the form to its end. Read this file first.

    generation   queued → submitting → running → done | failed | cancelled
                             ├→ queued        nothing happened there: asked later
                             ├→ refused       a clear no: released
                             └→ uncertain     the answer never came: never sent again
    task         queued → drawing → succeeded | failed | cancelled   (or overdue)

Each step that needs the network comes as three functions: *claim* takes rows by
compare-and-set, *call* speaks to the provider and touches no database, *book* writes
the outcome and the money in one transaction. The pump runs the calls in threads and
the other two in one place, so no transaction is ever held across the network.

The provider has no idempotency key. A generation that is *submitting* is therefore
never sent again by a machine, whatever happened to the process that sent it.
"""

import datetime
import json
import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Team, User
from generation import catalogue
from generation.clients import client
from generation.models import TASK_STATUS, Artwork, Generation, ProviderTask
from generation.operations import OPERATIONS
from generation.operations.base import Operation
from generation.providers.base import (
    CostState,
    Order,
    ProviderError,
    Quote,
    Refused,
    State,
    Submitted,
    TaskUpdate,
    Unavailable,
    Verdict,
)
from spend import ledger

logger = logging.getLogger(__name__)
Status = Generation.Status
TaskStatus = ProviderTask.Status

#: A generation that could not be sent for so long fails, and costs nothing.
GIVE_UP_SENDING_AFTER = datetime.timedelta(hours=1)
#: Without a sign of progress for so long a task is overdue.
OVERDUE_AFTER = datetime.timedelta(minutes=15)
ASK_OVERDUE_EVERY = datetime.timedelta(minutes=10)
#: While one answer is awaited nobody else asks; longer than any call takes.
ASKED = datetime.timedelta(seconds=60)
#: Seconds: the first look at a task, then steps that widen with its age.
FIRST_LOOK = (1.0, 5.0)
STEP = (1.5, 10.0)
STEP_OF_AGE = 0.12


# --- Accepting


def submit(
    *,
    operation: Operation,
    cleaned: Mapping[str, Any],
    quote: Quote,
    requested_by: User,
    team: Team,
    submit_key: UUID,
) -> Generation:
    """Accept a checked form and reserve its cost, once for each ``submit_key``.

    Raises BudgetExceeded or FundsExceeded, and then nothing is left behind.
    """
    order = operation.order(cleaned)
    width, height = operation.size(cleaned)
    account = catalogue.account(operation.provider)
    parameters = {name: value for name, value in cleaned.items() if name != "prompt"}
    try:
        with transaction.atomic():
            generation = Generation.objects.create(
                team=team,
                requested_by=requested_by,
                account=account,
                operation=operation.slug,
                model=operation.model(cleaned),
                prompt=cleaned["prompt"],
                parameters=parameters,
                pictures=order.pictures,
                width=width,
                height=height,
                submit_key=submit_key,
                unit=quote.unit.value,
                reserved=quote.cost,
            )
            ledger.reserve(
                subject(generation), quote.cost, reference=generation.reference
            )
    except IntegrityError:
        return Generation.objects.get(requested_by=requested_by, submit_key=submit_key)
    return generation


def subject(generation: Generation) -> ledger.Subject:
    return ledger.Subject(
        team=generation.team,
        user=generation.requested_by,
        unit=generation.unit,
        generation=generation.pk,
        provider=generation.account.provider,
        operation=generation.operation,
        model=generation.model,
    )


# --- Sending


@dataclass(frozen=True, slots=True)
class Sending:
    generation: Generation
    order: Order
    notify_url: str


def claim_queued(limit: int) -> list[Sending]:
    """Take what is to be sent: *submitting* from here on, and never sent twice."""
    now = timezone.now()
    due = Generation.objects.due(now).select_related("team", "requested_by", "account")
    claimed = []
    for generation in due.filter(catalogue.configured())[:limit]:
        try:
            order = order_of(generation)
        except Exception as error:
            logger.exception(
                "Generation %s cannot be written as an order", generation.pk
            )
            _end(generation, Status.FAILED, ProviderError(repr(error)))
            continue
        if generation.advance(
            Status.SUBMITTING,
            submitting_at=now,
            attempts=F("attempts") + 1,
            version=F("version") + 1,
        ):
            claimed.append(Sending(generation, order, notify_url(generation)))
    return claimed


def order_of(generation: Generation) -> Order:
    cleaned = {**generation.parameters, "prompt": generation.prompt}
    return OPERATIONS[generation.operation].order(cleaned)


def notify_url(generation: Generation) -> str:
    if not settings.PUBLIC_URL:
        return ""
    path = reverse("callbacks:receive", args=[generation.callback_token])
    return f"{settings.PUBLIC_URL}{path}"


def send(sending: Sending) -> Submitted | ProviderError:
    """The paid call. Touches no database; gives its error as a value."""
    provider = client(sending.generation.account.provider)
    try:
        return provider.submit(sending.order, notify_url=sending.notify_url)
    except ProviderError as error:
        return error


def book_sent(sending: Sending, outcome: Submitted | ProviderError) -> None:
    generation = sending.generation
    match outcome:
        case Submitted():
            catalogue.note_answer(generation.account)
            _accepted(generation, outcome)
        case Refused():
            catalogue.note_answer(generation.account)
            _end(generation, Status.REFUSED, outcome)
        case Unavailable():
            catalogue.note_trouble(generation.account, outcome)
            _send_later(generation, outcome)
        case _:
            catalogue.note_trouble(generation.account, outcome)
            _uncertain(generation, outcome.message, outcome.raw)


def _accepted(generation: Generation, submitted: Submitted) -> None:
    now = timezone.now()
    answer = json.dumps(submitted.raw, ensure_ascii=False)
    try:
        with transaction.atomic():
            # An answer that came after the sweep had given it up is still an answer.
            generation.refresh_from_db(fields=["status"])
            if generation.status not in (Status.SUBMITTING, Status.UNCERTAIN):
                return
            if not generation.advance(
                Status.RUNNING,
                submitted_at=now,
                answer=answer,
                failure_message="",
                version=F("version") + 1,
            ):
                return
            _make_tasks(generation, submitted, now)
    except IntegrityError:
        # A key that is another generation's: whose picture it is, a person must say.
        generation.refresh_from_db()
        _uncertain(
            generation, _("The gateway answered with a key it had used."), answer
        )


def _make_tasks(
    generation: Generation, submitted: Submitted, now: datetime.datetime
) -> None:
    expected = submitted.expected_cost
    if expected is None:
        expected = generation.reserved
    ledger.adjust_reservation(
        subject(generation),
        generation.reserved,
        expected,
        reference=generation.reference,
    )
    Generation.objects.filter(pk=generation.pk).update(reserved=expected)
    shares = _shares(expected, len(submitted.tasks))
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
            poll_after=now + _first_look(task.expected_seconds),
        )
        for position, (task, share) in enumerate(
            zip(submitted.tasks, shares, strict=True)
        )
    )


def _shares(total: int, parts: int) -> list[int]:
    """Whole numbers that differ by one at most and add up to ``total``."""
    share, rest = divmod(total, parts)
    return [share + (index < rest) for index in range(parts)]


def _first_look(expected_seconds: int | None) -> datetime.timedelta:
    low, high = FIRST_LOOK
    return datetime.timedelta(seconds=min(max((expected_seconds or 0) / 2, low), high))


def _send_later(generation: Generation, error: Unavailable) -> None:
    now = timezone.now()
    if now - generation.created_at > GIVE_UP_SENDING_AFTER:
        _end(generation, Status.FAILED, error)
        return
    generation.refresh_from_db(fields=["attempts"])
    wait = error.retry_after or min(2.0 ** min(generation.attempts, 6), 60.0)
    generation.advance(
        Status.QUEUED,
        send_after=now + datetime.timedelta(seconds=wait * random.uniform(0.8, 1.2)),
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
            _release(generation)


def _release(generation: Generation) -> None:
    ledger.release(
        subject(generation), generation.reserved, reference=generation.reference
    )


def _uncertain(generation: Generation, message: str, raw: str) -> None:
    """It may have been paid. The reservation stays until a person has looked."""
    generation.advance(
        Status.UNCERTAIN,
        failure_message=message,
        answer=raw,
        version=F("version") + 1,
    )


def sweep_stuck() -> int:
    """What a dead process was sending became uncertain. Gives the number of rows."""
    stuck = Generation.objects.stuck(timezone.now())
    for generation in stuck:
        _uncertain(
            generation, _("The process that sent it died before the answer."), ""
        )
    return len(stuck)


# --- Asking


@dataclass(frozen=True, slots=True)
class Asking:
    """One call: as many tasks of one account as one call may carry."""

    provider: str
    tasks: tuple[ProviderTask, ...]
    is_detailed: bool = False


def claim_due(limit: int) -> list[Asking]:
    """Take what is to be asked after, in ``limit`` calls at most."""
    now = timezone.now()
    found: list[Asking] = []
    due = list(
        ProviderTask.objects.due(now)
        .filter(catalogue.configured())
        .select_related("account", "generation__team", "generation__requested_by")[
            : limit * 25
        ]
    )
    for name in dict.fromkeys(task.account.provider for task in due):
        tasks = [task for task in due if task.account.provider == name]
        overdue = [task for task in tasks if task.status == TaskStatus.OVERDUE]
        others = [task for task in tasks if task.status != TaskStatus.OVERDUE]
        found += [Asking(name, (task,), is_detailed=True) for task in overdue]
        size = client(name).poll_batch
        found += [
            Asking(name, tuple(others[start : start + size]))
            for start in range(0, len(others), size)
        ]
    found = found[:limit]
    keys = [task.pk for asking in found for task in asking.tasks]
    ProviderTask.objects.filter(pk__in=keys).update(poll_after=now + ASKED)
    return found


def ask(asking: Asking) -> list[TaskUpdate] | ProviderError:
    """A free read. Touches no database; gives its error as a value."""
    provider = client(asking.provider)
    try:
        if asking.is_detailed:
            return [provider.detail(asking.tasks[0].key)]
        return provider.poll([task.key for task in asking.tasks])
    except ProviderError as error:
        return error


def book_asked(asking: Asking, outcome: list[TaskUpdate] | ProviderError) -> None:
    account = asking.tasks[0].account
    if isinstance(outcome, ProviderError):
        catalogue.note_trouble(account, outcome)
        updates: dict[str, TaskUpdate] = {}
    else:
        catalogue.note_answer(account)
        updates = {update.key: update for update in outcome}
    with transaction.atomic():
        for task in asking.tasks:
            update = updates.get(task.key) or TaskUpdate(task.key, State.UNKNOWN)
            try:
                with transaction.atomic():
                    apply(task, update)
            except Exception:
                logger.exception("The answer for %s could not be booked", task.key)
        changed = {task.generation_id for task in asking.tasks if task.is_changed}
        Generation.objects.filter(pk__in=changed).update(version=F("version") + 1)


# --- Booking an answer


def apply(task: ProviderTask, update: TaskUpdate) -> None:
    """Book what one answer says of one task: status, pictures and money, once."""
    now = timezone.now()
    status = TASK_STATUS.get(update.state)
    if status == TaskStatus.SUCCEEDED and not update.picture_urls:
        status = None  # finished, but no address: incomplete, so it is asked again
    if not task.is_open:
        _apply_after_the_end(task, update, now)
    elif status in ProviderTask.TERMINAL:
        _finish(task, status, update, now)
    else:
        _progress(task, status, update, now)


def _progress(
    task: ProviderTask, status: str | None, update: TaskUpdate, now: datetime.datetime
) -> None:
    moved = status is not None and (
        (update.percent, update.ahead) != (task.percent, task.ahead)
        or status != task.status != TaskStatus.OVERDUE
    )
    fields: dict[str, Any] = {"polls": F("polls") + 1}
    if update.raw is not None:
        fields["answer"] = update.raw
    if status is not None:
        fields |= {"percent": update.percent, "ahead": update.ahead}
        fields["expected_seconds"] = update.expected_seconds or task.expected_seconds
    to = task.status
    if moved and status:
        to = status
        fields["progress_at"] = now
    elif now - task.progress_at > OVERDUE_AFTER:
        to = TaskStatus.OVERDUE
    fields["poll_after"] = now + (
        ASK_OVERDUE_EVERY if to == TaskStatus.OVERDUE else _step(task, now)
    )
    task.is_changed = moved or to != task.status
    task.advance(to, **fields)


def _step(task: ProviderTask, now: datetime.datetime) -> datetime.timedelta:
    low, high = STEP
    age = (now - task.created_at).total_seconds()
    return datetime.timedelta(seconds=min(max(age * STEP_OF_AGE, low), high))


def _finish(
    task: ProviderTask, status: str, update: TaskUpdate, now: datetime.datetime
) -> None:
    with transaction.atomic():
        if not task.advance(
            status,
            percent=100.0 if status == TaskStatus.SUCCEEDED else task.percent,
            ahead=None,
            failure_code=update.failure_code,
            failure_message=_shortfall(task, update) or update.failure_message,
            model_prompt=update.model_prompt,
            answer=update.raw,
            polls=F("polls") + 1,
            finished_at=now,
            progress_at=now,
            poll_after=None,
        ):
            return
        if status == TaskStatus.SUCCEEDED:
            _make_artworks(task, update, now)
        _book_cost(task, update, now)
        _finish_generation(task.generation, now)
        task.is_changed = True


def _shortfall(task: ProviderTask, update: TaskUpdate) -> str:
    """Where one key stands for all pictures, fewer may come than were asked for."""
    asked, came = task.generation.pictures, len(update.picture_urls)
    if 0 < came < asked and task.generation.tasks.count() == 1:
        return _("%(came)s of %(asked)s pictures came.") % {
            "came": came,
            "asked": asked,
        }
    return ""


def _make_artworks(
    task: ProviderTask, update: TaskUpdate, now: datetime.datetime
) -> None:
    audit = update.audit
    labels = [
        {
            "label": label.label,
            "description": label.description,
            "scene": label.scene,
            "verdict": label.verdict.value,
            "rate": label.rate,
        }
        for label in (audit.labels if audit else ())
    ]
    generation = task.generation
    Artwork.objects.bulk_create(
        Artwork(
            task=task,
            generation=generation,
            team=generation.team,
            requested_by=generation.requested_by,
            position=position,
            source_url=url,
            verdict=(audit.verdict if audit else Verdict.MISSING).value,
            is_check_failed=audit.check_failed if audit else False,
            is_offending=audit.is_offending if audit else False,
            labels=labels,
            width=generation.width,
            height=generation.height,
            fetch_after=now,
        )
        for position, url in enumerate(update.picture_urls)
    )
    Generation.objects.filter(pk=generation.pk).update(is_storing=True)


def _finish_generation(generation: Generation, now: datetime.datetime) -> None:
    """The last task to end ends the generation."""
    ended = set(generation.tasks.values_list("status", flat=True))
    if ended & set(ProviderTask.OPEN):
        return
    if TaskStatus.SUCCEEDED in ended:
        to = Status.DONE
    else:
        to = Status.CANCELLED if ended == {TaskStatus.CANCELLED} else Status.FAILED
    generation.refresh_from_db(fields=["status"])
    if generation.status == Status.RUNNING:
        generation.advance(to, finished_at=now, version=F("version") + 1)


def _apply_after_the_end(
    task: ProviderTask, update: TaskUpdate, now: datetime.datetime
) -> None:
    """A later answer about an ended task: its cost, or a picture's new address."""
    is_silent = update.state == State.UNKNOWN
    with transaction.atomic():
        ProviderTask.objects.filter(pk=task.pk).update(
            poll_after=now + ASK_OVERDUE_EVERY if is_silent else None,
            polls=F("polls") + 1,
        )
        if is_silent:
            return
        _book_cost(task, update, now)
        unstored = {a.position: a for a in task.artworks.filter(stored_at=None)}
        for position, url in enumerate(update.picture_urls):
            artwork = unstored.get(position)
            if artwork and artwork.source_url != url:
                Artwork.objects.filter(pk=artwork.pk).update(
                    source_url=url, fetch_after=now
                )


# --- Money


def _book_cost(task: ProviderTask, update: TaskUpdate, now: datetime.datetime) -> None:
    """Settle or release a task's share, once; ask again while the charge is not final.

    Must run in the transaction that moved the task, or locked it by an update.
    """
    cost, state = _cost(task, update)
    if state == CostState.PENDING:
        wait = _step(task, now)
        ProviderTask.objects.filter(pk=task.pk).update(
            cost_state=state.value, poll_after=now + wait
        )
        return
    fields = {"cost": cost, "cost_state": state.value}
    if ProviderTask.objects.filter(pk=task.pk, is_booked=False).update(
        is_booked=True, **fields
    ):
        ledger.settle(
            subject(task.generation), task.reserved, cost, reference=task.reference
        )
        task.is_changed = True
    elif state == CostState.REFUNDED:
        booked = ProviderTask.objects.exclude(cost_state=state.value).filter(pk=task.pk)
        spent = booked.values_list("cost", flat=True).first() or 0
        if booked.update(**fields):
            ledger.refund(subject(task.generation), spent, reference=task.reference)
            task.is_changed = True


def _cost(task: ProviderTask, update: TaskUpdate) -> tuple[int, CostState]:
    """What the task costs, and how sure that is (contract wujie §5.2).

    Where the answer is silent, what the submit said stands (Jumdata bills there); where
    that is silent too, a success costs its share and everything else costs nothing.
    """
    state = update.cost_state
    if state == CostState.UNKNOWN:
        state = CostState(task.cost_state)
    if state == CostState.PENDING and update.cost_state == CostState.UNKNOWN:
        state = CostState.UNKNOWN
    if state in (CostState.REFUNDED, CostState.FREE):
        return 0, state
    for known in (update.cost, task.cost):
        if known is not None:
            return known, state
    return (task.reserved if task.status == TaskStatus.SUCCEEDED else 0), state


# --- Cancelling and looking again


def can_cancel(generation: Generation) -> bool:
    """While it waits here, or waits there at a gateway that lets go of it."""
    if generation.status == Status.QUEUED:
        return True
    return (
        generation.status == Status.RUNNING
        and OPERATIONS[generation.operation].can_cancel
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
                _release(generation)
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
        except ProviderError as error:
            logger.info("%s was not cancelled: %s", task.key, error)
    look_again(generation)
    return accepted


def look_again(generation: Generation) -> None:
    """Ask about its unfinished tasks at once: what a callback may do, and no more."""
    generation.tasks.filter(is_booked=False).update(poll_after=timezone.now())
