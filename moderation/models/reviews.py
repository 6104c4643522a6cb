"""One artwork's way through the queue, from what brought it there to a decision."""

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

#: Who skipped something does not get it back before so long.
SKIPPED_FOR = datetime.timedelta(minutes=30)
#: What is due later is not shown unless asked for.
SOON = datetime.timedelta(hours=8)
BEGINNING = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


class ReviewQuerySet(models.QuerySet["Review"]):
    def reviewable_by(self, user: User) -> Self:
        moderated = user.memberships.filter(role__in=Membership.MODERATING)
        return self.filter(team__in=moderated.values("team"))

    def waiting(self) -> Self:
        return self.filter(status=Review.Status.WAITING)

    def open(self) -> Self:
        """The one that counts for an artwork; control items change nothing."""
        return self.exclude(status=Review.Status.CLOSED).real()

    def real(self) -> Self:
        return self.filter(expected="")

    def controls(self) -> Self:
        return self.exclude(expected="")

    def claimed(self, now: datetime.datetime) -> Self:
        return self.waiting().filter(claimed_until__gt=now)

    def free(self, now: datetime.datetime) -> Self:
        return self.waiting().filter(Q(claimed_until=None) | Q(claimed_until__lte=now))

    def open_to(self, user: User) -> Self:
        """Not their own, not decided by them before, not meant for someone else (who
        has it to themselves until it is due)."""
        said = Opinion.objects.filter(review=OuterRef("pk"), by=user)
        return self.filter(
            ~Q(requested_by=user),
            ~Exists(said),
            Q(not_by=None) | ~Q(not_by=user),
            Q(assigned_to=None) | Q(assigned_to=user) | Q(due_at__lte=timezone.now()),
        )

    def against(self, user: User) -> Self:
        """Appeals against what they decided together with somebody else."""
        # From the few appeals to their opinions, not from all that they ever gave.
        given = Opinion.objects.filter(review=OuterRef("pk"), by=user)
        before = Review.objects.real().filter(
            Exists(given), artwork=OuterRef("artwork")
        )
        return self.filter(Exists(before), cause=Review.Cause.APPEAL)

    def said_by(self, user: User) -> Self:
        """They decided, or gave their opinion."""
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
        """By due time, then by harm: the order of the queue's own indexes. (A bound of
        the time, which excludes nothing, lets SQLite see which of them has it.)"""
        return self.filter(due_at__gt=BEGINNING).order_by("due_at", "-harm", "pk")


class Review(models.Model):
    """What waits for a person, or waited.

    waiting ─→ decided    by a person; nothing outside has happened so far
    decided ─→ closed     settled: the artwork moves, its author is told
    decided ─→ waiting    undone within ``decisions.UNDO``

    While it waits, a lease says who has it before them: ``claimed_by`` until
    ``claimed_until``; ``claim`` counts the leases, so that a stale tab is known.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DECIDED = "decided", _("decided")
        CLOSED = "closed", _("closed")

    class Cause(models.TextChoices):
        BLOCK = "block", pgettext_lazy("verdict", "Block")
        OFFENDING = "offending", _("Offending")
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
        MAIN = "main", _("The queue")
        ESCALATED = "escalated", _("Escalated")

    artwork = models.ForeignKey(Artwork, models.PROTECT, related_name="reviews")
    team = models.ForeignKey(Team, models.PROTECT, related_name="reviews")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="reviews_of_mine"
    )
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    cause = models.CharField(max_length=12, choices=Cause)
    # What a person wrote who brought it here: a report, an appeal, a doubt.
    text = models.TextField(blank=True)
    # Why somebody passed it on, for whoever gets it.
    escalation = models.TextField(blank=True)
    # The label that weighs most against it, as the gateway names it; 0 to 1.
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
    # Who must not have it: they decided what is appealed, or passed it on.
    not_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    # The decisions that two people must agree on: "", release, reject or both.
    two_for = models.CharField(max_length=7, blank=True)
    # Of a control item the answer that is known. Else it looks like any other one,
    # counts for nobody but whoever has it, and lives as long as their lease.
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
            # All that is asked of it: counting reads no row.
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
        """As ``get_cause_display``, which a page of the queue is too long for."""
        return self.Cause(self.cause).label

    def is_claimed_by(self, user: User) -> bool:
        return self.is_claimed and self.claimed_by_id == user.pk

    @property
    def is_control(self) -> bool:
        return bool(self.expected)

    @property
    def asked_at(self) -> datetime.datetime:
        """Of a control item as of the one in whose place it came: not its age."""
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
        """A decision, or an opinion as long as nobody else has it."""
        is_passed_on = self.status == self.Status.WAITING and not self.claimed_by_id
        return (
            (self.status == self.Status.DECIDED or is_passed_on)
            and self.settle_after is not None
            and self.settle_after > timezone.now()
        )


class Skip(models.Model):
    """Not now, said one moderator; someone else may."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="skips")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["review", "by"], name="skips_of_a_review")
        ]

    def __str__(self) -> str:
        return f"{self.by} · {self.review}"


class Opinion(models.Model):
    """What one of two people said, before it became a decision. Blind to the other."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="opinions")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="opinions"
    )
    action = models.CharField(max_length=7, choices=Decision.Action)
    reason = models.CharField(max_length=10, choices=Decision.Reason, blank=True)
    note = models.TextField(blank=True)
    text = models.TextField(blank=True)
    claim = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("opinion")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["review", "by"], name="one_opinion_a_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.by} · {self.action} · {self.review}"
