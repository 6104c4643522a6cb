"""Records differences with evidence, each identity once per account."""

from collections.abc import Iterable
from typing import Any

from django.db.models import F

from generation.models import ProviderTask
from reconciliation import difference_steps
from reconciliation.models import (
    Difference,
    DifferenceStep,
    HistoryLine,
    Reconciliation,
)

Kind = Difference.Kind
Action = DifferenceStep.Action
Evidence = dict[str, Any]


class DifferenceRecorder:
    """The differences that one turn finds about ``keys``.

    Call inside the turn's transaction. ``found`` counts new rows. Amounts in the
    account's unit: ``here`` by our transfers, ``there`` by the gateway.
    """

    def __init__(self, run: Reconciliation, keys: Iterable[str] = ()) -> None:
        self.run = run
        self.found = 0
        self._steps: list[DifferenceStep] = []
        self._open: dict[tuple[str, str], list[Difference]] = {}
        rows = Difference.objects.open().filter(account=run.account_id)
        for row in rows.filter(key__in=list(keys)):
            self._open.setdefault((row.key, row.kind), []).append(row)

    def amount(self, line: HistoryLine, task: ProviderTask, here: int) -> None:
        assert line.cost is not None
        self._record(
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
        """The task's cost differs from its transfers (no history)."""
        cost = task.cost or 0
        self._record(
            Kind.AMOUNT,
            f"{task.key}:{here}:{cost}",
            task=task,
            here=here,
            amount=cost - here,
            replaces=True,
        )

    def missing_here(self, line: HistoryLine) -> None:
        cost = line.cost
        self._record(
            Kind.MISSING_HERE, line.key, line=line, there=cost, amount=cost or 0
        )

    def missing_there(self, task: ProviderTask, here: int) -> None:
        self._record(Kind.MISSING_THERE, task.key, task=task, here=here, amount=-here)

    def duplicate(self, line: HistoryLine, task: ProviderTask | None) -> None:
        is_new = self._record(Kind.DUPLICATE, line.key, line=line, task=task)
        if is_new and line.cost:
            # Only the balance shows whether it was charged twice.
            Reconciliation.objects.filter(pk=self.run.pk).update(
                slack_low=F("slack_low") + line.cost
            )

    def late(self, line: HistoryLine, task: ProviderTask, here: int) -> None:
        self._record(
            Kind.LATE, line.key, line=line, task=task, here=here, there=line.cost
        )

    def balance(self, amount: int, evidence: Evidence) -> None:
        self._record(
            Kind.BALANCE, str(self.run.pk), amount=amount, more_evidence=evidence
        )

    def close_agreed(self, task: ProviderTask, kind: str) -> None:
        """Both books agree on the key now."""
        self._close(task.key, kind, Action.AGREE)

    def _close(self, key: str, kind: str, action: str) -> None:
        for row in self._open.pop((key, kind), ()):
            if row.advance(Difference.Status.CLOSED):
                step = difference_steps.take(row, action, note=str(self.run.pk))
                self._steps.append(step)

    def log_steps(self) -> None:
        """Last in the turn's transaction."""
        difference_steps.log(self._steps)

    def _record(
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
        """False: on record already, open or closed.

        ``replaces`` closes open ones of the same key and kind.
        """
        key = (line or task).key if (line or task) else ""  # type: ignore[union-attr]  # the same condition narrows it
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
            evidence=_line_evidence(line)
            | _task_evidence(task)
            | (more_evidence or {}),
        )
        self.found += 1
        return True


def _line_evidence(line: HistoryLine | None) -> Evidence:
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


def _task_evidence(task: ProviderTask | None) -> Evidence:
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
