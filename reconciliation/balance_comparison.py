"""Compares the move of the balance with the costs that should have moved it.

    unexplained = (balance now - balance then) + (costs told now - costs told then)

The balance is read before the history, so what moved it is listed by then. A gateway
may hold back what is under way, from nothing to the estimate; nobody documents how.
Only what lies outside of all that may be in one and not in the other is reported, and
a moment with nothing under way is the next runs' point of comparison, so nothing stays
hidden for long.
"""

import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Sum
from django.utils import timezone

from gateways.clients import bookkeeper, client_of
from gateways.models import GatewayAccount
from gateways.providers.base import CostState
from generation.models import Generation, ProviderTask
from reconciliation.difference_records import Kind, Reporter
from reconciliation.models import Difference, HistoryLine, Reconciliation
from reconciliation.turns import advance, wait_for_turn

Status = Generation.Status
Step = Reconciliation.Step

#: How far the gateway's clock may be from ours.
CLOCK_SKEW = datetime.timedelta(minutes=1)


def baseline(account: GatewayAccount) -> Reconciliation | None:
    """The last run whose balance is certain: nothing was under way, or what was
    unexplained is on record. Without any, the first."""
    rows = Reconciliation.objects.finished().filter(
        account=account, balance__isnull=False, has_strangers=False
    )
    reported = Exists(Difference.objects.filter(run=OuterRef("pk"), kind=Kind.BALANCE))
    certain = rows.filter(held=0, late=0) | rows.filter(reported)
    return certain.order_by("-pk").first() or rows.order_by("pk").first()


def charged(account: GatewayAccount) -> int:
    """All that the gateway ever told us of costs, as summed by earlier runs."""
    last = Reconciliation.objects.filter(account=account).order_by("-pk").first()
    return last.charged if last else 0


def read_balance(run: Reconciliation) -> None:
    """The first turn."""
    if bookkeeper(run.account) is None:
        advance(run, step=Step.MISSING)
        return
    wait_for_turn(run)
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
    """The last turn; it asks nobody."""
    with transaction.atomic():
        if run.balance is not None:
            run.held, run.late = _held(run), _late(run)
            run.elsewhere, run.has_strangers = _elsewhere(run), _has_strangers(run)
            run.unexplained = _unexplained(run)
        report = Reporter(run)
        if run.unexplained:
            report.balance(-run.unexplained, _evidence(run))
        advance(
            run,
            status=Reconciliation.Status.DONE,
            finished_at=timezone.now(),
            held=run.held,
            late=run.late,
            elsewhere=run.elsewhere,
            has_strangers=run.has_strangers,
            unexplained=run.unexplained,
            found=F("found") + report.found,
        )


def _late(run: Reconciliation) -> int:
    """What was told in this run and may have been charged after its balance."""
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


def _elsewhere(run: Reconciliation) -> int:
    """What was booked for work of operations that the history never lists."""
    sums = _unlisted(run).filter(is_booked=True).aggregate(all=Sum("cost"))
    return sums["all"] or 0


def _unlisted(run: Reconciliation) -> QuerySet[ProviderTask]:
    tasks = ProviderTask.objects.filter(account=run.account_id)
    line = HistoryLine.objects.filter(account=OuterRef("account"), key=OuterRef("key"))
    listed = tasks.filter(Exists(line)).order_by()
    operations = listed.values_list("generation__operation").distinct()
    return tasks.exclude(generation__operation__in=operations)


def _held(run: Reconciliation) -> int:
    """The most that the gateway may have taken for work whose cost it did not tell."""
    line = HistoryLine.objects.filter(
        account=OuterRef("account"), key=OuterRef("key"), cost__isnull=False
    )
    elsewhere = _unlisted(run).filter(is_booked=True)
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
    """Outside of what work under way explains: above zero the gateway has given."""
    base = run.baseline
    if base is None or run.balance is None or base.balance is None or run.has_strangers:
        return None
    move = (run.balance - base.balance) + _told_since(run, base)
    low = -(run.held + run.slack_low + base.late)
    high = base.held + run.slack_high + run.late
    if move < low:
        return move - low
    return max(move - high, 0)


def _told_since(run: Reconciliation, base: Reconciliation) -> int:
    return (run.charged + run.elsewhere) - (base.charged + base.elsewhere)


def _evidence(run: Reconciliation) -> dict[str, object]:
    base = run.baseline
    assert base is not None
    assert base.balance_at is not None
    return {
        "balance_before": base.balance,
        "balance_now": run.balance,
        "since": base.balance_at.isoformat(),
        "charged": _told_since(run, base),
        "held_before": base.held,
        "held_now": run.held,
    }
