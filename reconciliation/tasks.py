"""Ways in for django-q2: fetch, call the domain."""

from django_q.tasks import async_task

from reconciliation import account_alerts, runs
from reconciliation.models import Reconciliation


def reconcile() -> None:
    """A run a day for each account, and what a killed worker left unfinished."""
    for run in runs.keep_up():
        nudge(run.pk)


def work(pk: int) -> None:
    """As far as it comes in a while; the rest is another task's."""
    if runs.work(Reconciliation.objects.get(pk=pk)):
        nudge(pk)


def nudge(pk: int) -> None:
    async_task("reconciliation.tasks.work", pk)


def watch() -> None:
    account_alerts.sound()
