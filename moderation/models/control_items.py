"""Known answers, the source of control items."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team
from moderation.models.decisions import Decision
from moderation.models.reviews import Review


class KnownAnswer(models.Model):
    """The right answer, by two independent people or an admin.

    ``review`` is the picture's first, which a control item copies.
    """

    review = models.OneToOneField(Review, models.PROTECT, related_name="known_answer")
    team = models.ForeignKey(Team, models.PROTECT, related_name="known_answers")
    answer = models.CharField(max_length=7, choices=Decision.Action)
    # Empty: two people agreed.
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("expected answer")
        indexes: ClassVar = [
            models.Index(fields=["team", "-id"], name="known_answers_of_a_team")
        ]

    def __str__(self) -> str:
        return f"{self.answer} · {self.review}"
