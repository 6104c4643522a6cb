"""The tabs of the queue: each waiting review stands in exactly one.

The badge in the navigation is the sum of the four counts.
"""

import datetime

from django.db.models import Q, TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moderation.models import Review, ReviewQuerySet

Cause = Review.Cause
Inbox = Review.Inbox


class Tab(TextChoices):
    QUEUE = "queue", _("Queue")
    APPEALS = "appeals", _("Appeals")
    ESCALATIONS = "escalations", _("Escalations")
    REPORTS = "reports", _("Reports")


#: Causes that a person brought: each has a tab of its own.
TAB_OF_CAUSE = {Cause.APPEAL.value: Tab.APPEALS, Cause.REPORT.value: Tab.REPORTS}
CAUSE_OF_TAB = {tab: cause for cause, tab in TAB_OF_CAUSE.items()}


def within(
    rows: ReviewQuerySet, tab: str, now: datetime.datetime, *, later: bool = False
) -> ReviewQuerySet:
    """Of a team's reviews those of a tab. Only the queue hides what is due later."""
    if tab == Tab.ESCALATIONS:
        return rows.filter(inbox=Inbox.ESCALATED)
    rows = rows.filter(inbox=Inbox.MAIN)
    if tab in CAUSE_OF_TAB:
        return rows.filter(cause=CAUSE_OF_TAB[Tab(tab)])
    rows = rows.exclude(cause__in=TAB_OF_CAUSE)
    return rows if later else rows.due_soon(now)


def waiting(team: int, most: int) -> int:
    """Of all tabs together, up to ``most`` + 1: two queries."""
    rows = Review.objects.waiting().real().filter(team=team)
    queued = within(rows, Tab.QUEUE, timezone.now())[: most + 1].count()
    brought = rows.filter(Q(inbox=Inbox.ESCALATED) | Q(cause__in=TAB_OF_CAUSE))
    return min(queued + brought[: most + 1].count(), most + 1)


def counts(team: int, most: int) -> dict[Tab, int]:
    """What each shows, up to ``most`` + 1, without control items: a rising number
    would give them away. One query a tab: together they would read every row."""
    now = timezone.now()
    rows = Review.objects.waiting().real().filter(team=team)
    return {tab: within(rows, tab, now)[: most + 1].count() for tab in Tab}
