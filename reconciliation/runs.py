"""Begins runs, and carries each on turn by turn until it is done."""

import datetime
import logging
import time
import uuid

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from gateways import catalogue
from gateways.models import GatewayAccount
from gateways.providers.base import ProviderError, Refused, Unavailable
from gateways.providers.faults import Fault
from generation.lifecycle.submit_recovery.matching import CLOCK_SKEW
from generation.models import Lease
from reconciliation import balance_comparison, history_reading, key_comparison
from reconciliation.models import Reconciliation
from reconciliation.turns import Overtaken, advance

logger = logging.getLogger(__name__)
Status = Reconciliation.Status
Step = Reconciliation.Step

DAILY = datetime.timedelta(days=1)
#: Nothing older is compared: costs that old do not change any more [assumed].
WINDOW = datetime.timedelta(days=35)
#: One call of ``work`` takes so many seconds, and holds its lease for twice as many.
BUDGET = 20.0
#: After so many failures in a row a run is given up; the waits between them double.
MOST_FAILURES = 8
FIRST_WAIT = datetime.timedelta(seconds=5)

TURNS = {
    Step.BALANCE: balance_comparison.read_balance,
    Step.LIST: history_reading.list_page,
    Step.COSTS: history_reading.ask_costs,
    Step.COMPARE: key_comparison.compare_lines,
    Step.MISSING: key_comparison.compare_tasks,
    Step.FINISH: balance_comparison.compare_balance,
}


def begin(account: GatewayAccount, *, asked_by: User | None) -> Reconciliation:
    """A new run, or the one that is under way."""
    now = timezone.now()
    rows = Reconciliation.objects.filter(account=account)
    try:
        with transaction.atomic():
            return Reconciliation.objects.create(
                account=account,
                asked_by=asked_by,
                window_start=max(now - WINDOW, account.created_at - CLOCK_SKEW),
                baseline=balance_comparison.baseline(account),
                charged=balance_comparison.charged(account),
            )
    except IntegrityError:
        return rows.running().get()


def keep_up() -> list[Reconciliation]:
    """What is under way, after a new run for each account that had none for a day."""
    since = timezone.now() - DAILY
    for provider in settings.GATEWAYS:
        account = catalogue.account(provider)
        if not account.reconciliations.filter(created_at__gt=since).exists():
            begin(account, asked_by=None)
    rows = Reconciliation.objects.running().filter(catalogue.configured())
    return list(rows.filter(resume_after__lte=timezone.now()).order_by("pk"))


def work(run: Reconciliation, seconds: float | None = None) -> bool:
    """Turn after turn, for so long (``BUDGET``). False: done, or waiting, or another
    is at it."""
    seconds = BUDGET if seconds is None else seconds
    holder, lease = uuid.uuid4().hex, f"reconcile-{run.account_id}"
    until = time.monotonic() + seconds
    if not Lease.take(lease, holder, 2 * seconds):
        return False
    try:
        while time.monotonic() < until:
            run.refresh_from_db()
            if not run.is_running or run.resume_after > timezone.now():
                return False
            _turn(run)
    except Overtaken:
        logger.info("%s is another process's now", run)
        return False
    finally:
        Lease.give_back(lease, holder)
    return True


def _turn(run: Reconciliation) -> None:
    try:
        TURNS[Step(run.step)](run)
    except Overtaken:
        raise
    except ProviderError as error:
        _note_failure(run, error)
    except Exception as error:
        logger.exception("A turn of %s broke", run)
        _note_failure(run, Unavailable(repr(error), code=Fault.BROKEN))


def _note_failure(run: Reconciliation, error: ProviderError) -> None:
    failures = run.failures + 1
    is_over = isinstance(error, Refused) or failures > MOST_FAILURES
    wait = FIRST_WAIT * 2 ** (failures - 1)
    logger.warning("%s was not answered: %s", run, error.message)
    fields = {
        "failures": failures,
        "failure_message": f"{error.message} {error.code}".strip(),
        "resume_after": timezone.now() + wait,
    }
    if is_over:
        fields |= {"status": Status.FAILED, "finished_at": timezone.now()}
    advance(run, **fields)
