"""Compares line by line what the gateway lists with what we have and booked."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from gateways.clients import bookkeeper
from generation.models import Generation, ProviderTask
from reconciliation.booked_costs import booked
from reconciliation.difference_records import Kind, Reporter
from reconciliation.models import Difference, HistoryLine, Reconciliation
from reconciliation.turns import advance

Step = Reconciliation.Step
Status = Generation.Status

#: Rows of one turn.
CHUNK = 500
#: What is younger may be on its way into either book.
GRACE = datetime.timedelta(minutes=5)
#: A key that the history does not list yet is awaited for so long.
AWAITED = datetime.timedelta(hours=24)


@dataclass(slots=True)
class Count:
    compared: int = 0
    matched: int = 0
    waiting: int = 0

    def add(self, is_equal: bool | None) -> None:
        """None: it is under way, and so not compared."""
        if is_equal is None:
            self.waiting += 1
        else:
            self.compared += 1
            self.matched += int(is_equal)


def compare_lines(run: Reconciliation) -> None:
    """Each line of the window, with the task that has its key."""
    lines = list(
        HistoryLine.objects.filter(
            last_run=run, asked_run=run, pk__gt=run.cursor
        ).order_by("pk")[:CHUNK]
    )
    if not lines:
        advance(run, step=Step.MISSING, cursor=0)
        return
    with transaction.atomic():
        tasks = _tasks(run, lines)
        here = booked(tasks.values())
        report, count = Reporter(run, tasks), Count()
        look = Look(run, report)
        for line in lines:
            task = tasks.get(line.key)
            if line.charged_at and line.charged_at < run.window_start and not task:
                continue
            count.add(
                look.at_stranger(line)
                if task is None
                else look.at_task(line, task, here[task.pk])
            )
        _advance(run, count, report.found, cursor=lines[-1].pk)


def _tasks(
    run: Reconciliation, lines: Iterable[HistoryLine]
) -> dict[str, ProviderTask]:
    rows = ProviderTask.objects.filter(
        account=run.account_id, key__in=[line.key for line in lines]
    ).select_related("generation")
    return {row.key: row for row in rows.defer("answer", "generation__answer")}


def _advance(run: Reconciliation, count: Count, found: int, **fields: object) -> None:
    advance(
        run,
        compared=F("compared") + count.compared,
        matched=F("matched") + count.matched,
        waiting=F("waiting") + count.waiting,
        found=F("found") + found,
        **fields,
    )


class Look:
    """What a run says of one line. True: the books agree; None: it is under way."""

    def __init__(self, run: Reconciliation, report: Reporter) -> None:
        self.run, self.report = run, report
        before = Reconciliation.objects.finished().filter(
            account=run.account_id, is_complete=True, created_at__lt=run.created_at
        )
        self._before = before.order_by("-created_at").first()
        self._is_searching: bool | None = None

    def at_task(self, line: HistoryLine, task: ProviderTask, here: int) -> bool | None:
        self.report.agree(task, Kind.MISSING_THERE)
        is_late = self._is_late(line, task)
        if is_late:
            self.report.late(line, task, here)
        is_twice = self._is_twice(line, task)
        if line.cost is None or not task.is_booked:
            return None if not is_twice else False
        if line.cost == here:
            self.report.agree(task, Kind.AMOUNT)
            return not (is_late or is_twice)
        self.report.amount(line, task, here)
        return False

    def at_stranger(self, line: HistoryLine) -> bool | None:
        """A key that no task of ours has: not before it is certain to stay so."""
        if self._is_on_its_way(line):
            return None
        self._is_twice(line, None)
        self.report.missing_here(line)
        return False

    def _is_on_its_way(self, line: HistoryLine) -> bool:
        at = line.charged_at
        if line.cost is None and line.cost_state in ("pending", "unknown"):
            # It does not say; what no earlier run saw, either, may be as old as it is.
            return (
                line.cost_state == "pending"
                or self._before is None
                or (line.first_run_id == self.run.pk)
            )
        is_young = at is None or at > self.run.created_at - GRACE
        return is_young or self._is_looked_for()

    def _is_looked_for(self) -> bool:
        """Whether an answer is lost just now, whose key it may be."""
        if self._is_searching is None:
            lost = Generation.objects.filter(
                account=self.run.account_id, submit_recovery__look_after__isnull=False
            )
            self._is_searching = lost.filter(status=Status.UNCERTAIN).exists()
        return self._is_searching

    def _is_late(self, line: HistoryLine, task: ProviderTask) -> bool:
        """An earlier run read the whole history, and it was not in it."""
        return (
            line.first_run_id == self.run.pk
            and self._before is not None
            and task.finished_at is not None
            and task.finished_at + GRACE < self._before.created_at
        )

    def _is_twice(self, line: HistoryLine, task: ProviderTask | None) -> bool:
        is_twice = self.run.is_complete and line.second_position is not None
        if is_twice:
            self.report.duplicate(line, task)
        return is_twice


def compare_tasks(run: Reconciliation) -> None:
    """Our tasks that no line names; without any history: ours with our movements."""
    if run.reading == 1 and run.cursor == 0 and _is_any_new(run):
        # It may have been between two pages: all is read once more.
        advance(run, step=Step.LIST, reading=2, kind=0, cursor=0)
        return
    tasks = list(_unlisted(run).filter(pk__gt=run.cursor).order_by("pk")[:CHUNK])
    if not tasks:
        advance(run, step=Step.FINISH, cursor=0)
        return
    with transaction.atomic():
        here = booked(tasks)
        report = Reporter(run, [task.key for task in tasks])
        count = Count()
        if bookkeeper(run.account) is None:
            for task in tasks:
                count.add(_agrees(report, task, here[task.pk]))
        else:
            old = [task for task in tasks if _is_overdue(run, task)]
            count.waiting = len(tasks) - len(old)
            for task in old:
                report.missing_there(task, here[task.pk])
                count.add(False)
        _advance(run, count, report.found, cursor=tasks[-1].pk)


def _unlisted(run: Reconciliation) -> QuerySet[ProviderTask]:
    """Of the window, no line names them; and of operations that the history lists."""
    tasks = ProviderTask.objects.filter(
        account=run.account_id,
        created_at__gte=run.window_start,
        created_at__lt=run.created_at - GRACE,
    )
    if bookkeeper(run.account) is None:
        return tasks.select_related("generation")
    line = HistoryLine.objects.filter(account=OuterRef("account"), key=OuterRef("key"))
    listed = tasks.filter(Exists(line)).order_by()
    operations = listed.values_list("generation__operation").distinct()
    found = tasks.filter(~Exists(line.filter(last_run=run)), is_booked=True)
    return found.filter(generation__operation__in=operations).select_related(
        "generation"
    )


def _is_any_new(run: Reconciliation) -> bool:
    """Whether a key is missing there that no earlier run reported."""
    if not run.is_complete or bookkeeper(run.account) is None:
        return False
    known = Difference.objects.filter(task=OuterRef("pk"), kind=Kind.MISSING_THERE)
    old = _unlisted(run).filter(created_at__lt=run.created_at - AWAITED)
    return old.filter(~Exists(known)).exists()


def _is_overdue(run: Reconciliation, task: ProviderTask) -> bool:
    """Where the list had no end, nothing can be said to be missing in it."""
    return run.is_complete and task.created_at < run.created_at - AWAITED


def _agrees(report: Reporter, task: ProviderTask, here: int) -> bool | None:
    if not task.is_booked:
        return None
    if task.cost == here:
        return True
    report.unbooked(task, here)
    return False
