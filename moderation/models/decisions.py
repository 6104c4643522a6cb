"""Append-only decisions about artworks, and reveals."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generation.models import Artwork
from log.models import AppendOnly, AppendOnlyQuerySet
from moderation.models.label_names import label_against, label_word


class DecisionQuerySet(AppendOnlyQuerySet["Decision"]):
    def kept(self) -> Self:
        """Without undone ones: the next decision has the ground "undone"."""
        after = Decision.objects.filter(
            artwork=OuterRef("artwork"), pk__gt=OuterRef("pk")
        )
        following = Subquery(after.order_by("pk").values("pk")[:1])
        undone = Decision.objects.filter(pk=OuterRef("following"), grounds=["undone"])
        return self.alias(following=following).filter(~Exists(undone))


class Decision(AppendOnly):
    """An empty ``decided_by`` means a rule."""

    is_logged = True

    class Action(models.TextChoices):
        RELEASE = "release", _("approved")
        HOLD = "hold", _("in review")
        REJECT = "reject", _("rejected")

    class Reason(models.TextChoices):
        SEXUAL = "sexual", _("Sexual or suggestive")
        VIOLENCE = "violence", _("Violence or terror")
        POLITICS = "politics", _("Politically sensitive")
        PROHIBITED = "prohibited", _("Prohibited goods or acts")
        RIGHTS = "rights", _("Someone else's rights or likeness")
        QUALITY = "quality", _("Broken or unusable picture")
        OTHER = "other", _("Another reason")

    artwork = models.ForeignKey(Artwork, models.PROTECT, related_name="decisions")
    action = models.CharField(max_length=7, choices=Action)
    reason = models.CharField(max_length=10, choices=Reason, blank=True)
    # ``note`` is for colleagues, ``text`` for the author.
    note = models.TextField(blank=True)
    text = models.TextField(blank=True)
    # As in `rules.Judgement`: "verdict:review".
    grounds = models.JSONField(default=list, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="decisions",
    )
    decided_at = models.DateTimeField(default=timezone.now)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(action="reject") | ~Q(reason=""),
                name="a_rejection_has_a_reason",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["artwork", "-id"], name="decisions_of_an_artwork"),
            models.Index(fields=["decided_by", "-id"], name="decisions_of_a_person"),
            models.Index(
                fields=["decided_by", "decided_at"], name="decisions_of_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} · {self.artwork}"

    @property
    def reason_word(self) -> str:
        """For people: the audit's label instead of *Another reason*, where there is
        one."""
        label = label_against(self.artwork) if self.reason == self.Reason.OTHER else ""
        return label_word(label) if label else str(self.get_reason_display())


class Reveal(AppendOnly):
    """A moderator's look at a covered picture; it gives access to the file."""

    is_logged = True

    artwork = models.ForeignKey(Artwork, models.PROTECT, related_name="reveals")
    revealed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="reveals"
    )
    revealed_at = models.DateTimeField(default=timezone.now)
    # Of the review at that time.
    cause = models.CharField(max_length=12, blank=True)
    label = models.CharField(max_length=40, blank=True)
    is_grave = models.BooleanField(default=False)
    # Sha-256 of a reference picture; empty: the artwork itself.
    reference = models.CharField(max_length=64, blank=True)

    objects = AppendOnlyQuerySet["Reveal"].as_manager()

    class Meta:
        verbose_name = _("reveal")
        indexes: ClassVar = [
            models.Index(fields=["revealed_by", "artwork"], name="reveals_of_a_person"),
            models.Index(
                fields=["revealed_by", "-revealed_at"], name="reveals_of_late"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.revealed_by} · {self.artwork}"
