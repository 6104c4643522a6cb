"""Words and settings that a person keeps by name, for Create."""

import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User


class TooMany(Exception):
    """The person keeps as many as may be."""


class NameTaken(Exception):
    """The person keeps another one of this name."""


class PresetQuerySet(models.QuerySet["Preset"]):
    def own(self, user: User, team: Team) -> Self:
        return self.filter(made_by=user, team=team)

    def visible_to(self, user: User, team: Team) -> Self:
        """The user's own, and those shared with the team."""
        shown = self.filter(Q(made_by=user) | Q(is_shared=True), team=team)
        return shown.filter(removed_at=None)


class Preset(models.Model):
    """A removed preset can be restored for a while."""

    #: Of one person in one team.
    MOST: ClassVar = 200
    RESTORABLE: ClassVar = datetime.timedelta(days=1)

    team = models.ForeignKey(Team, models.CASCADE, related_name="presets")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="presets"
    )
    name = models.CharField(max_length=60)
    is_shared = models.BooleanField(default=False)
    # Its words are added to what is typed; else they replace it.
    is_piece = models.BooleanField(default=False)
    prompt = models.TextField(blank=True)
    negative = models.TextField(blank=True)
    # With settings: whose they are.
    operation = models.CharField(max_length=40, blank=True)
    # As a form posts them; never pictures, which are their owner's alone.
    parameters = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, editable=False)

    objects = PresetQuerySet.as_manager()

    class Meta:
        verbose_name = _("preset")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["team", "made_by", "name"],
                condition=Q(removed_at=None),
                name="one_preset_of_a_name",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["team", "-created_at", "-id"], name="presets_of_a_team"
            )
        ]

    def __str__(self) -> str:
        return f"{self.team} · {self.name}"

    def keep(self) -> None:
        """Insert, change, or restore a removed one. Raises TooMany, NameTaken."""
        own = Preset.objects.own(self.made_by, self.team)
        if not self.pk or self.removed_at:
            old = timezone.now() - self.RESTORABLE
            own.filter(removed_at__lt=old).exclude(pk=self.pk).delete()
            if own.filter(removed_at=None).count() >= self.MOST:
                raise TooMany
        self.removed_at = None
        try:
            with transaction.atomic():
                self.save()
        except IntegrityError as error:
            raise NameTaken from error

    def remove(self) -> None:
        rows = Preset.objects.filter(pk=self.pk, removed_at=None)
        rows.update(removed_at=timezone.now())
