"""Reviews: an artwork's way from a cause to a decision."""

import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Membership, Team, User
from generation.models import Artwork
from moderation.models.decisions import Decision
from moderation.models.lease_events import Skip
from moderation.models.opinions import Opinion

#: A skipped review is not offered to that person for this long.
SKIPPED_FOR = datetime.timedelta(minutes=30)
#: The queue hides reviews due later than this, unless asked.
SOON = datetime.timedelta(hours=8)
BEGINNING = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


class ReviewQuerySet(models.QuerySet["Review"]):
    def reviewable_by(self, user: User) -> Self:
        moderated = user.memberships.filter(role__in=Membership.MODERATING)
        return self.filter(team__in=moderated.values("team"))

    def waiting(self) -> Self:
        return self.filter(status=Review.Status.WAITING)

    def open(self) -> Self:
        """Not closed, without control items: at most one per artwork."""
        return self.exclude(status=Review.Status.CLOSED).real()

    def real(self) -> Self:
        """Without control items."""
        return self.filter(expected="")

    def control_items(self) -> Self:
        return self.exclude(expected="")

    def claimed(self, now: datetime.datetime) -> Self:
        return self.waiting().filter(claimed_until__gt=now)

    def free(self, now: datetime.datetime) -> Self:
        return self.waiting().filter(Q(claimed_until=None) | Q(claimed_until__lte=now))

    def neither_own_nor_decided_by(self, user: User) -> Self:
        """Requested by others, without the user's opinion, not kept from them."""
        given = Opinion.objects.filter(review=OuterRef("pk"), by=user)
        return self.filter(
            ~Q(requested_by=user),
            ~Exists(given),
            Q(not_by=None) | ~Q(not_by=user),
        )

    def not_assigned_to_others(self, user: User) -> Self:
        """Unassigned, the user's, or overdue: then anybody may decide."""
        return self.filter(
            Q(assigned_to=None) | Q(assigned_to=user) | Q(due_at__lte=timezone.now())
        )

    def appeals_against(self, user: User) -> Self:
        """Against decisions that the user made together with somebody else."""
        # Begin with the few appeals, not with all the user's opinions.
        given = Opinion.objects.filter(review=OuterRef("pk"), by=user)
        before = Review.objects.real().filter(
            Exists(given), artwork=OuterRef("artwork")
        )
        return self.filter(Exists(before), cause=Review.Cause.APPEAL)

    def answered_by(self, user: User) -> Self:
        """Decided by the user, or with an opinion of theirs."""
        given = Opinion.objects.filter(review=OuterRef("pk"), by=user)
        return self.filter(Q(claimed_by=user) | Exists(given))

    def not_skipped_by(self, user: User, now: datetime.datetime) -> Self:
        lately = Skip.objects.filter(
            review=OuterRef("pk"), by=user, at__gt=now - SKIPPED_FOR
        )
        return self.filter(~Exists(lately))

    def due_soon(self, now: datetime.datetime) -> Self:
        return self.filter(due_at__lte=now + SOON)

    def in_order(self) -> Self:
        """The order of the queue's indexes.

        The bound on ``due_at`` excludes nothing; it makes SQLite choose the index.
        """
        return self.filter(due_at__gt=BEGINNING).order_by("due_at", "-harm", "pk")


class Review(models.Model):
    """A question about one artwork that a person answers.

    waiting ─→ decided    by a person; nothing outside has changed yet
    decided ─→ closed     settled: the artwork moves, its author is told
    decided ─→ waiting    undone within ``decisions.UNDO``

    A waiting review is leased by ``claimed_by`` until ``claimed_until``. ``claim``
    numbers the leases: a stale tab is recognised.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DECIDED = "decided", _("decided")
        CLOSED = "closed", _("closed")

    class Cause(models.TextChoices):
        BLOCK = "block", pgettext_lazy("verdict", "Block")
        OFFENDING = "offending", _("Flagged by the gateway")
        CHECK_FAILED = "check_failed", _("Check failed")
        NO_AUDIT = "no_audit", _("No audit")
        REVIEW = "review", pgettext_lazy("verdict", "Review")
        RULE = "rule", _("By rule")
        NEAR_MISS = "near_miss", _("Near a limit")
        SAMPLE = "sample", _("Sample")
        REPORT = "report", _("Reported")
        APPEAL = "appeal", _("Appeal")
        REOPENED = "reopened", _("Reopened")

    class Inbox(models.TextChoices):
        MAIN = "main", _("Queue")
        ESCALATED = "escalated", _("Escalated")

    artwork = models.ForeignKey(Artwork, models.PROTECT, related_name="reviews")
    team = models.ForeignKey(Team, models.PROTECT, related_name="reviews")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="reviews_of_mine"
    )
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    cause = models.CharField(max_length=12, choices=Cause)
    # Of the report, appeal or reopening.
    text = models.TextField(blank=True)
    escalation = models.TextField(blank=True)
    # The gravest label, in the gateway's words, and its rate from 0 to 1.
    label = models.CharField(max_length=40, blank=True)
    rate = models.FloatField(null=True, blank=True)
    harm = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()

    inbox = models.CharField(max_length=9, choices=Inbox, default=Inbox.MAIN)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reviews_assigned",
    )
    # Kept from: who decided before the appeal, or escalated.
    not_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    # Two people must agree on: "", release, reject or both.
    two_for = models.CharField(max_length=7, blank=True)
    # A control item's known answer; empty: a real review. No count includes control
    # items.
    expected = models.CharField(max_length=7, blank=True)

    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="claims",
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    claim = models.PositiveIntegerField(default=0)
    is_on_sheet = models.BooleanField(default=False)

    decision = models.OneToOneField(
        Decision, models.PROTECT, null=True, blank=True, related_name="review"
    )
    settle_after = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["artwork"],
                condition=~Q(status="closed") & Q(expected=""),
                name="one_open_review_an_artwork",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["team", "inbox", "due_at", "-harm", "id"],
                condition=Q(status="waiting"),
                name="reviews_waiting",
            ),
            models.Index(
                fields=["team", "inbox", "cause", "due_at", "-harm", "id"],
                condition=Q(status="waiting"),
                name="reviews_waiting_for_a_cause",
            ),
            models.Index(
                fields=["claimed_by"],
                condition=Q(status="waiting", claimed_by__isnull=False),
                name="reviews_claimed",
            ),
            models.Index(
                fields=["team", "claimed_until"],
                condition=Q(status="waiting", claimed_until__isnull=False),
                name="reviews_claimed_in_a_team",
            ),
            models.Index(
                fields=["settle_after", "id"],
                condition=Q(status="decided"),
                name="reviews_to_settle",
            ),
            models.Index(
                fields=["team", "label", "-closed_at"],
                condition=Q(status="closed"),
                name="reviews_of_a_label",
            ),
            models.Index(
                fields=["team", "-closed_at"],
                condition=Q(status="closed", expected=""),
                name="reviews_decided_of_late",
            ),
            # Covers the counts by cause and age: they read no row.
            models.Index(
                fields=["team", "status", "expected", "cause", "created_at"],
                condition=Q(status="waiting", expected=""),
                name="reviews_waiting_by_age",
            ),
            models.Index(
                fields=["claimed_until"],
                condition=Q(status="waiting") & ~Q(expected=""),
                name="control_items_at_hand",
            ),
        ]

    def __str__(self) -> str:
        return f"review {self.pk} of {self.artwork_id}"

    @property
    def cause_word(self) -> Promise | str:
        """Quicker than ``get_cause_display``: a queue page asks for dozens."""
        return self.Cause(self.cause).label

    def is_claimed_by(self, user: User) -> bool:
        return self.is_claimed and self.claimed_by_id == user.pk

    @property
    def is_control(self) -> bool:
        return bool(self.expected)

    @property
    def asked_at(self) -> datetime.datetime:
        """When the picture was requested; a control item borrows the replaced review's
        time."""
        return self.created_at if self.is_control else self.artwork.created_at

    @property
    def is_claimed(self) -> bool:
        return (
            self.status == self.Status.WAITING
            and self.claimed_until is not None
            and self.claimed_until > timezone.now()
        )

    @property
    def is_undoable(self) -> bool:
        """In the undo time: a decision, or an opinion while nobody else holds the
        review."""
        is_passed_on = self.status == self.Status.WAITING and not self.claimed_by_id
        return (
            (self.status == self.Status.DECIDED or is_passed_on)
            and self.settle_after is not None
            and self.settle_after > timezone.now()
        )
