"""Compares the change of a balance with the costs behind it.

    unexplained = (balance - baseline balance) + (costs - baseline costs)

The balance is read before the history, so every earlier charge is listed. A gateway may
hold zero up to the estimate for work in progress (undocumented); only an amount outside
these bounds is a difference. They hide an amount only until a run without work in
progress becomes the baseline.
"""

import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Sum
from django.utils import timezone

from gateways.clients import bookkeeper, client_of
from gateways.models import GatewayAccount
from gateways.providers.base import CostState
from generation.models import Generation, ProviderTask
from reconciliation.difference_records import DifferenceRecorder, Kind
from reconciliation.models import Difference, HistoryLine, Reconciliation
from reconciliation.run_turns import advance, wait_for_rate_limit

Status = Generation.Status
Step = Reconciliation.Step

#: Of the gateway's clock.
CLOCK_SKEW = datetime.timedelta(minutes=1)


def baseline(account: GatewayAccount) -> Reconciliation | None:
    """The last run with a certain balance, else the first run.

    Certain: nothing was in progress, or the unexplained amount is on record.
    """
    rows = Reconciliation.objects.finished().filter(
        account=account, balance__isnull=False, has_strangers=False
    )
    reported = Exists(Difference.objects.filter(run=OuterRef("pk"), kind=Kind.BALANCE))
    certain = rows.filter(held=0, late=0) | rows.filter(reported)
    return certain.order_by("-pk").first() or rows.order_by("pk").first()


def charged_so_far(account: GatewayAccount) -> int:
    """All costs told up to the last run."""
    last = Reconciliation.objects.filter(account=account).order_by("-pk").first()
    return last.charged if last else 0


def read_balance(run: Reconciliation) -> None:
    """An account without a history skips to step missing."""
    if bookkeeper(run.account) is None:
        advance(run, step=Step.MISSING)
        return
    wait_for_rate_limit(run)
    now = timezone.now()
    balance = client_of(run.account).balance()
    advance(
        run,
        step=Step.LIST,
        requests=F("requests") + 1,
        failures=0,
        balance=balance,
        balance_at=now,
    )


def compare_balance(run: Reconciliation) -> None:
    """Record an unexplained amount, end the run; no request."""
    with transaction.atomic():
        if run.balance is not None:
            run.held, run.late = _max_held(run), _late_costs(run)
            run.elsewhere, run.has_strangers = _unlisted_costs(run), _has_strangers(run)
            run.unexplained = _unexplained(run)
        recorder = DifferenceRecorder(run)
        if run.unexplained:
            recorder.balance(-run.unexplained, _evidence(run))
        advance(
            run,
            status=Reconciliation.Status.DONE,
            finished_at=timezone.now(),
            held=run.held,
            late=run.late,
            elsewhere=run.elsewhere,
            has_strangers=run.has_strangers,
            unexplained=run.unexplained,
            found=F("found") + recorder.found,
        )


def _late_costs(run: Reconciliation) -> int:
    """Costs perhaps charged after the balance was read."""
    assert run.balance_at is not None
    lines = HistoryLine.objects.filter(
        asked_run=run, charged_at__gt=run.balance_at - CLOCK_SKEW
    )
    return lines.aggregate(all=Sum("cost"))["all"] or 0


def _has_strangers(run: Reconciliation) -> bool:
    task = ProviderTask.objects.filter(account=OuterRef("account"), key=OuterRef("key"))
    pending = HistoryLine.objects.filter(
        last_run=run, cost=None, cost_state=CostState.PENDING.value
    )
    return pending.filter(~Exists(task)).exists()


def _unlisted_costs(run: Reconciliation) -> int:
    sums = _unlisted_tasks(run).filter(is_booked=True).aggregate(all=Sum("cost"))
    return sums["all"] or 0


def _unlisted_tasks(run: Reconciliation) -> QuerySet[ProviderTask]:
    """Tasks of operations without any history line."""
    tasks = ProviderTask.objects.filter(account=run.account_id)
    line = HistoryLine.objects.filter(account=OuterRef("account"), key=OuterRef("key"))
    listed = tasks.filter(Exists(line)).order_by()
    operations = listed.values_list("generation__operation").distinct()
    return tasks.exclude(generation__operation__in=operations)


def _max_held(run: Reconciliation) -> int:
    """Upper bound of charges for work at untold cost."""
    line = HistoryLine.objects.filter(
        account=OuterRef("account"), key=OuterRef("key"), cost__isnull=False
    )
    elsewhere = _unlisted_tasks(run).filter(is_booked=True)
    missing = Difference.objects.filter(
        task=OuterRef("pk"), kind=Kind.MISSING_THERE, run__lt=run
    )
    tasks = ProviderTask.objects.filter(
        ~Exists(line),
        ~Exists(missing),
        account=run.account_id,
        created_at__gte=run.window_start,
        created_at__lte=run.balance_at,
    ).exclude(pk__in=elsewhere.values("pk"))
    sums = tasks.aggregate(reserved=Sum("reserved"), cost=Sum("cost"))
    unsure = Generation.objects.filter(
        account=run.account_id, status__in=(Status.SUBMITTING, Status.UNCERTAIN)
    ).aggregate(all=Sum("reserved"))
    return max(sums["reserved"] or 0, sums["cost"] or 0) + (unsure["all"] or 0)


def _unexplained(run: Reconciliation) -> int | None:
    """Outside the bounds; above zero the balance rose. None: unknown."""
    base = run.baseline
    if base is None or run.balance is None or base.balance is None or run.has_strangers:
        return None
    change = (run.balance - base.balance) + _costs_since(run, base)
    low = -(run.held + run.slack_low + base.late)
    high = base.held + run.slack_high + run.late
    if change < low:
        return change - low
    return max(change - high, 0)


def _costs_since(run: Reconciliation, base: Reconciliation) -> int:
    return (run.charged + run.elsewhere) - (base.charged + base.elsewhere)


def _evidence(run: Reconciliation) -> dict[str, object]:
    base = run.baseline
    assert base is not None
    assert base.balance_at is not None
    return {
        "balance_before": base.balance,
        "balance_now": run.balance,
        "since": base.balance_at.isoformat(),
        "charged": _costs_since(run, base),
        "held_before": base.held,
        "held_now": run.held,
    }
