"""Each account's reconciliation, for the strip and the page."""

import datetime
from dataclasses import dataclass

from django.db.models import Count, Max, QuerySet, Sum
from django.db.models.functions import Abs

from gateways.clients import is_configured
from gateways.models import GatewayAccount
from reconciliation.models import Difference, Reconciliation

Status = Reconciliation.Status


@dataclass(frozen=True, slots=True)
class Summary:
    """``open``: open differences; ``drift``: sum of absolute amounts in ``unit``."""

    account: GatewayAccount
    last: Reconciliation | None
    running: Reconciliation | None
    open: int
    drift: int

    @property
    def checked_at(self) -> datetime.datetime | None:
        return self.last.finished_at if self.last else None

    @property
    def unit(self) -> str:
        return self.account.unit


def configured_accounts() -> list[GatewayAccount]:
    """With credentials in the settings."""
    rows = GatewayAccount.objects.order_by("pk")
    return [row for row in rows if is_configured(row)]


def of_accounts(accounts: list[GatewayAccount]) -> list[Summary]:
    """Two queries for any number of accounts."""
    shown = (Status.DONE, Status.RUNNING)
    rows = Reconciliation.objects.filter(account__in=accounts, status__in=shown)
    runs = {(run.account_id, run.status): run for run in _latest(rows)}
    sums = (
        Difference.objects.open()
        .filter(account__in=accounts)
        .order_by()
        .values("account")
        .annotate(number=Count("pk"), drift=Sum(Abs("amount")))
    )
    open_ones = {row["account"]: (row["number"], row["drift"]) for row in sums}
    return [
        Summary(
            account=account,
            last=runs.get((account.pk, Status.DONE)),
            running=runs.get((account.pk, Status.RUNNING)),
            open=open_ones.get(account.pk, (0, 0))[0],
            drift=open_ones.get(account.pk, (0, 0))[1],
        )
        for account in accounts
    ]


def _latest(rows: QuerySet[Reconciliation]) -> list[Reconciliation]:
    """Per account and status."""
    newest = rows.order_by().values("account", "status").annotate(newest=Max("pk"))
    return list(Reconciliation.objects.filter(pk__in=newest.values("newest")))
