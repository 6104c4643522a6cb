"""The versions of a team's rules."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team
from generation.models import Artwork

#: Share of control items without rules.
CONTROL_PERCENT = 5.0


class RuleSet(models.Model):
    """The newest version is in force."""

    team = models.ForeignKey(Team, models.PROTECT, related_name="rule_sets")
    version = models.PositiveIntegerField()
    # Share of released passes that people review.
    sample_percent = models.FloatField(
        _("sample of passed pictures, in percent"),
        default=1.0,
        validators=[MinValueValidator(0.0), MaxValueValidator(100.0)],
    )
    # Share of control items among a moderator's items.
    control_percent = models.FloatField(
        _("calibration items, in percent"),
        default=CONTROL_PERCENT,
        validators=[MinValueValidator(0.0), MaxValueValidator(50.0)],
    )
    # See `moderation.similar_decisions`.
    alike_within = models.PositiveSmallIntegerField(
        _("similarity threshold, in bits of 256"),
        default=15,
        validators=[MaxValueValidator(23)],
    )
    # One per line; pages only mark them in prompts.
    flagged_words = models.TextField(
        _("words marked in prompts"), blank=True, max_length=10_000
    )
    note = models.TextField(_("why"), blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="rule_sets"
    )
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("version of the rules")
        verbose_name_plural = _("versions of the rules")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["team", "version"], name="one_rule_set_a_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.team} · {self.version}"


class Rule(models.Model):
    """The first rule that fits a row of the audit sets its outcome.

    Empty fields fit everything; ``rate_from`` and ``rate_to`` are inclusive.
    """

    class Outcome(models.TextChoices):
        RELEASE = "release", _("approve")
        HOLD = "hold", _("send to review")
        TWO = "two", _("send to two people")
        REJECT = "reject", _("reject")

    class TwoFor(models.TextChoices):
        BOTH = "both", _("any decision")
        RELEASE = "release", _("an approval")
        REJECT = "reject", _("a rejection")

    rule_set = models.ForeignKey(RuleSet, models.PROTECT, related_name="rules")
    position = models.PositiveSmallIntegerField()
    verdict = models.CharField(
        _("verdict"), max_length=7, choices=Artwork.VerdictChoice, blank=True
    )
    label = models.CharField(_("label"), max_length=40, blank=True)
    rate_from = models.FloatField(_("rate from"), default=0.0)
    rate_to = models.FloatField(_("rate to"), default=1.0)
    operation = models.CharField(_("operation"), max_length=40, blank=True)
    outcome = models.CharField(_("then"), max_length=7, choices=Outcome)
    two_for = models.CharField(
        _("two people for"), max_length=7, choices=TwoFor, blank=True
    )
    # Minutes until due; empty: `intake.DUE_MINUTES`.
    due_minutes = models.PositiveIntegerField(
        _("due in minutes"), null=True, blank=True
    )

    class Meta:
        verbose_name = _("rule")
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rule_set", "position"], name="one_rule_a_position"
            ),
            models.CheckConstraint(
                condition=Q(rate_from__lte=models.F("rate_to")),
                name="a_band_has_a_beginning",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_set} · {self.position}"
