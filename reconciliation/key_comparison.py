"""Compares listed keys with our provider tasks and transfers."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from gateways.clients import bookkeeper
from generation.models import Generation, ProviderTask
from reconciliation.booked_costs import booked
from reconciliation.difference_records import DifferenceRecorder, Kind
from reconciliation.models import Difference, HistoryLine, Reconciliation
from reconciliation.run_turns import advance

Step = Reconciliation.Step
Status = Generation.Status

ROWS_PER_TURN = 500
#: Younger rows may be missing in one book.
GRACE_PERIOD = datetime.timedelta(minutes=5)
#: Age from which an unlisted task is a difference.
MISSING_AFTER = datetime.timedelta(hours=24)


@dataclass(slots=True)
class Counts:
    compared: int = 0
    matched: int = 0
    waiting: int = 0

    def add(self, is_equal: bool | None) -> None:
        """None: in progress, not compared."""
        if is_equal is None:
            self.waiting += 1
        else:
            self.compared += 1
            self.matched += int(is_equal)


def compare_lines(run: Reconciliation) -> None:
    lines = list(
        HistoryLine.objects.filter(
            last_run=run, asked_run=run, pk__gt=run.cursor
        ).order_by("pk")[:ROWS_PER_TURN]
    )
    if not lines:
        advance(run, step=Step.MISSING, cursor=0)
        return
    with transaction.atomic():
        tasks = _tasks(run, lines)
        here = booked(tasks.values())
        recorder, counts = DifferenceRecorder(run, tasks), Counts()
        comparison = LineComparison(run, recorder)
        for line in lines:
            task = tasks.get(line.key)
            if line.charged_at and line.charged_at < run.window_start and not task:
                continue
            counts.add(
                comparison.without_task(line)
                if task is None
                else comparison.with_task(line, task, here[task.pk])
            )
        _book_turn(run, counts, recorder.found, cursor=lines[-1].pk)
        recorder.log_steps()


def _tasks(
    run: Reconciliation, lines: Iterable[HistoryLine]
) -> dict[str, ProviderTask]:
    rows = ProviderTask.objects.filter(
        account=run.account_id, key__in=[line.key for line in lines]
    ).select_related("generation")
    return {row.key: row for row in rows.defer("answer", "generation__answer")}


def _book_turn(
    run: Reconciliation, counts: Counts, found: int, **fields: object
) -> None:
    advance(
        run,
        compared=F("compared") + counts.compared,
        matched=F("matched") + counts.matched,
        waiting=F("waiting") + counts.waiting,
        found=F("found") + found,
        **fields,
    )


class LineComparison:
    """True: the books agree; False: a difference; None: in progress."""

    def __init__(self, run: Reconciliation, recorder: DifferenceRecorder) -> None:
        self.run, self.recorder = run, recorder
        earlier = Reconciliation.objects.finished().filter(
            account=run.account_id, is_complete=True, created_at__lt=run.created_at
        )
        self._previous_run = earlier.order_by("-created_at").first()
        self._is_searching: bool | None = None

    def with_task(
        self, line: HistoryLine, task: ProviderTask, here: int
    ) -> bool | None:
        self.recorder.close_agreed(task, Kind.MISSING_THERE)
        is_late = self._is_late(line, task)
        if is_late:
            self.recorder.late(line, task, here)
        is_listed_twice = self._is_listed_twice(line, task)
        if line.cost is None or not task.is_booked:
            return None if not is_listed_twice else False
        if line.cost == here:
            self.recorder.close_agreed(task, Kind.AMOUNT)
            return not (is_late or is_listed_twice)
        self.recorder.amount(line, task, here)
        return False

    def without_task(self, line: HistoryLine) -> bool | None:
        """A difference once no task can claim the key."""
        if self._is_in_progress(line):
            return None
        self._is_listed_twice(line, None)
        self.recorder.missing_here(line)
        return False

    def _is_in_progress(self, line: HistoryLine) -> bool:
        at = line.charged_at
        if line.cost is None and line.cost_state in ("pending", "unknown"):
            # No time is known; an earlier run's line is older than that run.
            return (
                line.cost_state == "pending"
                or self._previous_run is None
                or (line.first_run_id == self.run.pk)
            )
        is_young = at is None or at > self.run.created_at - GRACE_PERIOD
        return is_young or self._is_searched()

    def _is_searched(self) -> bool:
        """Whether submit recovery still searches this account."""
        if self._is_searching is None:
            lost = Generation.objects.filter(
                account=self.run.account_id, submit_recovery__look_after__isnull=False
            )
            self._is_searching = lost.filter(status=Status.UNCERTAIN).exists()
        return self._is_searching

    def _is_late(self, line: HistoryLine, task: ProviderTask) -> bool:
        """An earlier complete run should have listed the key."""
        return (
            line.first_run_id == self.run.pk
            and self._previous_run is not None
            and task.finished_at is not None
            and task.finished_at + GRACE_PERIOD < self._previous_run.created_at
        )

    def _is_listed_twice(self, line: HistoryLine, task: ProviderTask | None) -> bool:
        is_listed_twice = self.run.is_complete and line.second_position is not None
        if is_listed_twice:
            self.recorder.duplicate(line, task)
        return is_listed_twice


def compare_tasks(run: Reconciliation) -> None:
    """One turn over unlisted tasks; without a history: all, against their transfers."""
    if run.reading == 1 and run.cursor == 0 and _has_unreported_key(run):
        # A key can slip between two pages: read again.
        advance(run, step=Step.LIST, reading=2, kind=0, cursor=0)
        return
    tasks = list(
        _unlisted(run).filter(pk__gt=run.cursor).order_by("pk")[:ROWS_PER_TURN]
    )
    if not tasks:
        advance(run, step=Step.FINISH, cursor=0)
        return
    with transaction.atomic():
        here = booked(tasks)
        recorder = DifferenceRecorder(run, [task.key for task in tasks])
        counts = Counts()
        if bookkeeper(run.account) is None:
            for task in tasks:
                counts.add(_compare_with_transfers(recorder, task, here[task.pk]))
        else:
            old = [task for task in tasks if _is_overdue(run, task)]
            counts.waiting = len(tasks) - len(old)
            for task in old:
                recorder.missing_there(task, here[task.pk])
                counts.add(False)
        _book_turn(run, counts, recorder.found, cursor=tasks[-1].pk)
        recorder.log_steps()


def _unlisted(run: Reconciliation) -> QuerySet[ProviderTask]:
    """The window's booked tasks without a line, of operations ever listed.

    Without a history: all tasks.
    """
    tasks = ProviderTask.objects.filter(
        account=run.account_id,
        created_at__gte=run.window_start,
        created_at__lt=run.created_at - GRACE_PERIOD,
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


def _has_unreported_key(run: Reconciliation) -> bool:
    if not run.is_complete or bookkeeper(run.account) is None:
        return False
    known = Difference.objects.filter(task=OuterRef("pk"), kind=Kind.MISSING_THERE)
    old = _unlisted(run).filter(created_at__lt=run.created_at - MISSING_AFTER)
    return old.filter(~Exists(known)).exists()


def _is_overdue(run: Reconciliation, task: ProviderTask) -> bool:
    """Never in an incomplete run: an unread page may list the key."""
    return run.is_complete and task.created_at < run.created_at - MISSING_AFTER


def _compare_with_transfers(
    recorder: DifferenceRecorder, task: ProviderTask, here: int
) -> bool | None:
    if not task.is_booked:
        return None
    if task.cost == here:
        return True
    recorder.unbooked(task, here)
    return False
