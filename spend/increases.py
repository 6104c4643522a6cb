"""Increases of a budget: a member asks, an admin decides once.

asked → granted (adds to the limit of the running span) | refused
"""

import datetime

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from notifications import alerts, notices
from notifications.models import Notice
from spend import budgets, ledger
from spend.models import Budget, BudgetMonth, Increase

ALERT = "increase_asked"
Decision = Increase.Decision


class AlreadyDecided(Exception):
    """Another admin decided first."""


class NotRunning(Exception):
    """The project has not begun, or has ended."""


def ask(budget: Budget, amount: int, *, reason: str, by: User) -> Increase:
    """Raises IntegrityError while the person's earlier one is undecided."""
    with transaction.atomic():
        asked = Increase.objects.create(
            budget=budget, amount=amount, reason=reason, asked_by=by
        )
        facts = {"person": by.display_name, "amount": amount, "unit": budget.unit}
        alerts.tell(
            ALERT,
            key=str(asked.pk),
            facts=facts,
            team=budget.team,
            url=reverse("spend:budgets"),
        )
    return asked


def grant(increase: Increase, *, by: User, day: datetime.date) -> None:
    """For the span of ``day``. Raises AlreadyDecided or NotRunning."""
    budget = increase.budget
    with transaction.atomic():
        ledger.lock(budget.team, budget.unit)
        _decide(increase, Decision.GRANTED, by)
        counter = budgets.begin(budget, day)
        if counter is None:
            raise NotRunning
        BudgetMonth.objects.filter(pk=counter.pk).update(
            extra=F("extra") + increase.amount
        )


def refuse(increase: Increase, *, by: User) -> None:
    """Raises AlreadyDecided."""
    with transaction.atomic():
        _decide(increase, Decision.REFUSED, by)


def _decide(increase: Increase, decision: str, by: User) -> None:
    waiting = Increase.objects.waiting().filter(pk=increase.pk)
    if not waiting.update(decision=decision, decided_by=by, decided_at=timezone.now()):
        raise AlreadyDecided
    alerts.clear(ALERT, key=str(increase.pk))
    notices.tell(
        Notice.Kind.BUDGET,
        increase.asked_by_id,
        increase.budget.team_id,
        url=reverse("spend:limits"),
        by=by,
    )
