"""Puts differences on record: one row each, once, with their evidence."""

from collections.abc import Iterable
from typing import Any

from django.db.models import F

from generation.models import ProviderTask
from reconciliation.models import (
    Difference,
    DifferenceStep,
    HistoryLine,
    Reconciliation,
)

Kind = Difference.Kind
Action = DifferenceStep.Action
Evidence = dict[str, Any]


class Reporter:
    """Writes for one turn of a run, in its transaction, about these keys."""

    def __init__(self, run: Reconciliation, keys: Iterable[str] = ()) -> None:
        self.run = run
        self.found = 0
        self._open: dict[tuple[str, str], list[Difference]] = {}
        rows = Difference.objects.open().filter(account=run.account_id)
        for row in rows.filter(key__in=list(keys)):
            self._open.setdefault((row.key, row.kind), []).append(row)

    def amount(self, line: HistoryLine, task: ProviderTask, here: int) -> None:
        assert line.cost is not None
        self._report(
            Kind.AMOUNT,
            f"{line.key}:{here}:{line.cost}",
            line=line,
            task=task,
            here=here,
            there=line.cost,
            amount=line.cost - here,
            replaces=True,
        )

    def unbooked(self, task: ProviderTask, here: int) -> None:
        """Without a word of the gateway: the task says otherwise than the movements."""
        cost = task.cost or 0
        self._report(
            Kind.AMOUNT,
            f"{task.key}:{here}:{cost}",
            task=task,
            here=here,
            amount=cost - here,
            replaces=True,
        )

    def missing_here(self, line: HistoryLine) -> None:
        cost = line.cost
        self._report(
            Kind.MISSING_HERE, line.key, line=line, there=cost, amount=cost or 0
        )

    def missing_there(self, task: ProviderTask, here: int) -> None:
        self._report(Kind.MISSING_THERE, task.key, task=task, here=here, amount=-here)

    def duplicate(self, line: HistoryLine, task: ProviderTask | None) -> None:
        made = self._report(Kind.DUPLICATE, line.key, line=line, task=task)
        if made and line.cost:
            # Whether it was charged twice, too, only the balance can tell.
            Reconciliation.objects.filter(pk=self.run.pk).update(
                slack_low=F("slack_low") + line.cost
            )

    def late(self, line: HistoryLine, task: ProviderTask, here: int) -> None:
        self._report(
            Kind.LATE, line.key, line=line, task=task, here=here, there=line.cost
        )

    def balance(self, amount: int, evidence: Evidence) -> None:
        self._report(
            Kind.BALANCE, str(self.run.pk), amount=amount, more_evidence=evidence
        )

    def agree(self, task: ProviderTask, kind: str) -> None:
        """What was reported of the task's key is over by itself."""
        self._close(task.key, kind, Action.AGREE)

    def _close(self, key: str, kind: str, action: str) -> None:
        for row in self._open.pop((key, kind), ()):
            if row.advance(Difference.Status.CLOSED):
                row.steps.create(action=action, note=str(self.run.pk))

    def _report(
        self,
        kind: str,
        about: str,
        *,
        line: HistoryLine | None = None,
        task: ProviderTask | None = None,
        here: int | None = None,
        there: int | None = None,
        amount: int = 0,
        replaces: bool = False,
        more_evidence: Evidence | None = None,
    ) -> bool:
        """False: it was on record already, open or closed."""
        key = (line or task).key if (line or task) else ""  # type: ignore[union-attr]
        identity = f"{kind}:{about}"
        rows = Difference.objects.filter(account=self.run.account_id)
        if rows.filter(identity=identity).exists():
            return False
        if replaces:
            self._close(key, kind, Action.REPLACE)
        Difference.objects.create(
            account=self.run.account,
            run=self.run,
            kind=kind,
            identity=identity,
            key=key,
            task=task,
            team_id=task.generation.team_id if task else None,
            unit=self.run.account.unit,
            here=here,
            there=there,
            amount=amount,
            evidence=_of_line(line) | _of_task(task) | (more_evidence or {}),
        )
        self.found += 1
        return True


def _of_line(line: HistoryLine | None) -> Evidence:
    if line is None:
        return {}
    return {
        "listed_as": line.kind,
        "position": line.position,
        "second_position": line.second_position,
        "cost_there": line.cost,
        "cost_state": line.cost_state,
        "charged_at": line.charged_at.isoformat() if line.charged_at else None,
        "first_listed": line.seen_at.isoformat(),
        "first_run": line.first_run_id,
    }


def _of_task(task: ProviderTask | None) -> Evidence:
    if task is None:
        return {}
    return {
        "task": task.pk,
        "task_status": task.status,
        "task_cost": task.cost,
        "task_cost_state": task.cost_state,
        "asked_at": task.created_at.isoformat(),
        "ended_at": task.finished_at.isoformat() if task.finished_at else None,
    }
