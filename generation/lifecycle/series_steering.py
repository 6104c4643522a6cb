"""Pauses, resumes and cancels what a series has not sent yet.

series      running ⇄ paused     running | paused → cancelled
generation  queued ⇄ paused      queued | paused → cancelled, released

Each locks the series first, then its generations in the order of claims: a generation
that comes back unsent meanwhile (`waits`) is found by one side or the other.
"""

import logging

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from gateways import catalogue
from generation.lifecycle import fair_queue
from generation.lifecycle.submitting import ledger_subject
from generation.models import Generation, Series
from spend import ledger

logger = logging.getLogger(__name__)
Status = Generation.Status
NEXT = F("version") + 1


def pause(series: Series) -> bool:
    """What waits is not sent; its reservation stays. False: another was first."""
    with transaction.atomic():
        if not _advance(series, Series.Status.RUNNING, Series.Status.PAUSED):
            return False
        rows = Generation.objects.filter(pk__in=_waiting(series))
        rows.update(status=Status.PAUSED, version=NEXT)
        return True


def resume(series: Series) -> bool:
    """With new turns, as if asked for now: what paused passes nobody. False: another
    was first."""
    with transaction.atomic():
        if not _advance(series, Series.Status.PAUSED, Series.Status.RUNNING):
            return False
        rows = Generation.objects.filter(pk__in=_waiting(series))
        if found := rows.order_by("turn").values_list("provider", "turn").first():
            provider, first = found
            accounts = catalogue.accounts(provider).values()
            turn = fair_queue.next_turn(provider, accounts, series.requested_by)
            now = timezone.now()
            rows.update(
                status=Status.QUEUED,
                turn=F("turn") + (turn - first),
                created_at=now,
                send_after=now,
                version=NEXT,
            )
        return True


def cancel(series: Series) -> int | None:
    """Ends what waits and releases its integrals; what was sent goes on. Returns the
    number of generations; None: another was first."""
    with transaction.atomic():
        before = (Series.Status.RUNNING, Series.Status.PAUSED)
        if not _advance(series, *before, Series.Status.CANCELLED):
            return None
        ended = _waiting(series)
        rows = Generation.objects.filter(pk__in=ended)
        rows.update(status=Status.CANCELLED, finished_at=timezone.now(), version=NEXT)
        found = rows.select_related("account")
        ledger.release_all(
            (ledger_subject(row), row.reference, row.reserved) for row in found
        )
    logger.info("Series %s was cancelled, %s unsent", series.pk, len(ended))
    return len(ended)


def waits(generation: Generation) -> str:
    """The status of a generation that was sent in vain, by its series. Locks it."""
    found = Series.objects.filter(cells__generation=generation)
    of = found.select_for_update(of=("self",)).values_list("status", flat=True)
    match next(iter(of), Series.Status.RUNNING):
        case Series.Status.PAUSED:
            return Status.PAUSED
        case Series.Status.CANCELLED:
            return Status.CANCELLED
    return Status.QUEUED


def _advance(series: Series, *states: str) -> bool:
    """The last of the states follows the others. Locks the series."""
    *before, after = states
    rows = Series.objects.filter(pk=series.pk, status__in=before)
    if not rows.update(status=after, version=NEXT):
        return False
    series.status = after
    return True


def _waiting(series: Series) -> list[int]:
    """Locked. On SQLite the transaction holds the whole database."""
    rows = Generation.objects.filter(
        cell__series=series, status__in=Generation.UNSENT
    ).order_by("turn", "pk")
    return list(rows.select_for_update(of=("self",)).values_list("pk", flat=True))
