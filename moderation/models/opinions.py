"""Answers of single people: one of two, or to a control item."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moderation.models.decisions import Decision


class Opinion(models.Model):
    """The second person does not see the first answer."""

    review = models.ForeignKey(
        "moderation.Review", models.PROTECT, related_name="opinions"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="opinions"
    )
    action = models.CharField(max_length=7, choices=Decision.Action)
    reason = models.CharField(max_length=10, choices=Decision.Reason, blank=True)
    note = models.TextField(blank=True)
    text = models.TextField(blank=True)
    # As `Review.claim`.
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
