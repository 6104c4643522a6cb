from django.conf import settings
from django.urls import reverse
from django_q.tasks import async_task

from gateways import balance_alerts, catalogue
from generation import stuck_reservations
from reconciliation import drift_alerts, runs
from reconciliation.models import Reconciliation


def reconcile() -> None:
    """Also continues runs that a killed worker left."""
    runs.start_daily()
    for run in runs.resumable():
        nudge(run.pk)


def work(pk: int) -> None:
    if runs.take_turns(Reconciliation.objects.get(pk=pk)):
        nudge(pk)


def nudge(pk: int) -> None:
    async_task("reconciliation.tasks.work", pk)


def watch() -> None:
    url = reverse("reconciliation:reconciliation")
    for name in settings.GATEWAYS:
        account = catalogue.account(name)
        balance_alerts.update(account, url=url)
        drift_alerts.update(account, url=url)
    stuck_reservations.update()
