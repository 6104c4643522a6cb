"""Starts runs and takes their turns until done or given up."""

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
from gateways.providers.errors import ProviderError, Refused, Unavailable
from gateways.providers.faults import Fault
from generation.lifecycle.submit_recovery.matching import CLOCK_SKEW
from generation.models import Lease
from reconciliation import balance_comparison, history_reading, key_comparison
from reconciliation.models import Reconciliation
from reconciliation.run_turns import Overtaken, advance

logger = logging.getLogger(__name__)
Status = Reconciliation.Status
Step = Reconciliation.Step

RUN_EVERY = datetime.timedelta(days=1)
#: Age of compared tasks and lines; older costs are final [assumed].
WINDOW = datetime.timedelta(days=35)
#: Of ``take_turns``; its lease lasts twice as long.
BUDGET_SECONDS = 20.0
#: In a row, before a run is given up; the back-off doubles.
MAX_FAILURES = 8
FIRST_BACKOFF = datetime.timedelta(seconds=5)

TURNS = {
    Step.BALANCE: balance_comparison.read_balance,
    Step.LIST: history_reading.read_page,
    Step.COSTS: history_reading.read_costs,
    Step.COMPARE: key_comparison.compare_lines,
    Step.MISSING: key_comparison.compare_tasks,
    Step.FINISH: balance_comparison.compare_balance,
}


def start(account: GatewayAccount, *, asked_by: User | None) -> Reconciliation:
    """A new run, or the running one. ``asked_by`` None: the schedule."""
    now = timezone.now()
    rows = Reconciliation.objects.filter(account=account)
    try:
        with transaction.atomic():
            return Reconciliation.objects.create(
                account=account,
                asked_by=asked_by,
                window_start=max(now - WINDOW, account.created_at - CLOCK_SKEW),
                baseline=balance_comparison.baseline(account),
                charged=balance_comparison.charged_so_far(account),
            )
    except IntegrityError:
        return rows.running().get()


def start_daily() -> None:
    """For accounts whose last run is older than ``RUN_EVERY``."""
    since = timezone.now() - RUN_EVERY
    for provider in settings.GATEWAYS:
        account = catalogue.account(provider)
        if not account.reconciliations.filter(created_at__gt=since).exists():
            start(account, asked_by=None)


def resumable() -> list[Reconciliation]:
    """Of configured accounts, back-off over."""
    rows = Reconciliation.objects.running().filter(catalogue.configured())
    return list(rows.filter(resume_after__lte=timezone.now()).order_by("pk"))


def take_turns(run: Reconciliation, seconds: float | None = None) -> bool:
    """``seconds``: by default ``BUDGET_SECONDS``. True: turns are left.

    False: done, backing off, or another process has the run.
    """
    seconds = BUDGET_SECONDS if seconds is None else seconds
    holder, lease = uuid.uuid4().hex, f"reconcile-{run.account_id}"
    ends_at = time.monotonic() + seconds
    if not Lease.take(lease, holder, 2 * seconds):
        return False
    try:
        while time.monotonic() < ends_at:
            run.refresh_from_db()
            if not run.is_running or run.resume_after > timezone.now():
                return False
            _take_turn(run)
    except Overtaken:
        logger.info("Another process has %s", run)
        return False
    finally:
        Lease.give_back(lease, holder)
    return True


def _take_turn(run: Reconciliation) -> None:
    try:
        TURNS[Step(run.step)](run)
    except Overtaken:
        raise
    except ProviderError as error:
        _book_failure(run, error)
    except Exception as error:
        logger.exception("A turn of %s raised", run)
        _book_failure(run, Unavailable(repr(error), code=Fault.BROKEN))


def _book_failure(run: Reconciliation, error: ProviderError) -> None:
    failures = run.failures + 1
    is_over = isinstance(error, Refused) or failures > MAX_FAILURES
    backoff = FIRST_BACKOFF * 2 ** (failures - 1)
    logger.warning("%s was not answered: %s", run, error.message)
    fields = {
        "failures": failures,
        "failure_message": f"{error.message} {error.code}".strip(),
        "resume_after": timezone.now() + backoff,
    }
    if is_over:
        fields |= {"status": Status.FAILED, "finished_at": timezone.now()}
    advance(run, **fields)
