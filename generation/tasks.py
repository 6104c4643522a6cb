"""Ways in for django-q2: fetch, call the domain."""

import datetime
import time

from django.utils import timezone
from django_q.tasks import async_task

from generation import alarms, catalogue, notices, reconciling, samples, uploads
from generation import pump as engine
from generation.models import Callback, Lease, Reconciliation, Stray

PUMP = "generation.tasks.pump"
#: A pump that breaks at once must not run hot.
PAUSE_SECONDS = 2.0
KEEP_CALLBACKS = datetime.timedelta(days=30)


def pump() -> None:
    """Leader, standby, or nothing to do; the first two ask for their successors."""
    is_at_it = True
    try:
        is_at_it = engine.run()
    except Exception:
        time.sleep(PAUSE_SECONDS)
        raise
    finally:
        if is_at_it:
            async_task(PUMP)


def boot() -> None:
    """A leader and its standby; what is not needed goes away by itself."""
    async_task(PUMP)
    async_task(PUMP)
    async_task("generation.tasks.refresh_accounts")


def nudge() -> None:
    """Wake the pump, unless it is awake: then it finds the row by itself."""
    if not Lease.objects.filter(name="pump", until__gt=timezone.now()).exists():
        async_task(PUMP)


def refresh_accounts() -> None:
    catalogue.refresh()
    samples.fetch_missing()


def reconcile() -> None:
    """A run a day for each account, and what a killed worker left unfinished."""
    for run in reconciling.keep_up():
        nudge_reconciliation(run.pk)


def work_on_reconciliation(pk: int) -> None:
    """As far as it comes in a while; the rest is another task's."""
    if reconciling.work(Reconciliation.objects.get(pk=pk)):
        nudge_reconciliation(pk)


def nudge_reconciliation(pk: int) -> None:
    async_task("generation.tasks.work_on_reconciliation", pk)


def watch() -> None:
    alarms.sound()


def tidy() -> None:
    """Callbacks prove nothing, and strays belong to nobody: not kept for ever."""
    old = timezone.now() - KEEP_CALLBACKS
    Callback.objects.filter(received_at__lt=old).delete()
    Stray.objects.filter(seen_at__lt=old).delete()
    uploads.tidy()
    notices.tidy()
