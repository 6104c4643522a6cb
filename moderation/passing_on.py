"""Passes a review on: escalation and assignment.

Both end the lease and are entries of the team's hash chain.
"""

import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import Membership, User
from log import chain
from moderation import review_leases
from moderation.models import Opinion, Review, Skip

#: Priority of an escalation → minutes until due.
PRIORITIES = {1: 30, 2: 4 * 60, 3: 24 * 60}

Kind = chain.Kind
Inbox = Review.Inbox


def escalate(
    review: Review, claim: int, *, by: User, reason: str, priority: int
) -> None:
    """To the escalated inbox, for somebody else. Raises review_leases.LeaseLost.

    An appeal's ``not_by`` stays the earlier decider; whoever escalates it skips it.
    """
    with transaction.atomic():
        found = review_leases.ours(review, claim, by)
        if found.cause == Review.Cause.APPEAL:
            Skip.objects.create(review=found, by=by)
        wait = datetime.timedelta(minutes=PRIORITIES[priority])
        fields: dict[str, object] = {
            "inbox": Inbox.ESCALATED,
            "not_by": found.not_by if found.cause == Review.Cause.APPEAL else by,
            "escalation": reason,
            "assigned_to": None,
            "due_at": min(found.due_at, timezone.now() + wait),
        }
        review_leases.end([found], **fields)
        facts = {"reason": reason, "priority": priority}
        _append(found, by, Kind.ESCALATE, facts)


def assign(review: Review, claim: int, *, by: User, to: User) -> None:
    """For one person alone until due. Raises review_leases.LeaseLost."""
    with transaction.atomic():
        found = review_leases.ours(review, claim, by)
        Skip.objects.create(review=found, by=by)
        review_leases.end([found], assigned_to=to)
        _append(found, by, Kind.ASSIGN, {"to": to.pk})


def colleagues(review: Review, by: User) -> "QuerySet[User]":
    """Who may decide the review besides ``by``."""
    people = User.objects.filter(
        memberships__team=review.team_id,
        memberships__role__in=Membership.MODERATING,
    )
    kept_out = [by.pk, review.requested_by_id, review.not_by_id or 0]
    people = people.exclude(pk__in=kept_out)
    people = people.exclude(pk__in=review.opinions.values("by"))
    if review.cause == Review.Cause.APPEAL:
        before = Opinion.objects.filter(review__artwork=review.artwork_id)
        people = people.exclude(pk__in=before.filter(review__expected="").values("by"))
    return people.order_by("username")


def unassign_leavers() -> int:
    """End assignments to people who no longer moderate the team; returns how many."""
    moderating = Membership.objects.filter(
        user=OuterRef("assigned_to"),
        team=OuterRef("team"),
        role__in=Membership.MODERATING,
    )
    assigned = Review.objects.waiting().filter(assigned_to__isnull=False)
    return assigned.filter(~Exists(moderating)).update(assigned_to=None)


def _append(review: Review, by: User, kind: str, facts: dict[str, object]) -> None:
    facts = {"review": review.pk, "claim": review.claim, **facts}
    chain.append(chain.Event(review.team_id, kind, by.pk, review.artwork_id, facts))
