"""Zip files that are prepared in the background, and names of files in them."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User


class ZipQuerySet(models.QuerySet["Zip"]):
    def visible_to(self, user: User, team: Team) -> Self:
        return self.filter(made_by=user, team=team)

    def moving(self) -> Self:
        return self.filter(status=Zip.Status.WAITING)


class Zip(models.Model):
    """waiting ─→ ready | failed      ready | failed ─→ waiting, by *Prepare again*

    ``keys``: the artworks that were asked for; ``done``: how many of them were looked
    at. ``included``: those in the file. A claim without an end (a killed worker) begins
    anew.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("in preparation")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")

    team = models.ForeignKey(Team, models.CASCADE, related_name="zips")
    made_by = models.ForeignKey(User, models.CASCADE, related_name="zips")
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    keys = models.JSONField(default=list)
    included = models.JSONField(default=list)
    pattern = models.CharField(max_length=120)
    board = models.CharField(max_length=80, blank=True)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    claimed_until = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    objects = ZipQuerySet.as_manager()

    class Meta:
        verbose_name = _("zip file")
        indexes: ClassVar = [
            models.Index(
                fields=["made_by", "team", "-created_at", "-id"],
                name="zips_of_a_person",
            ),
            models.Index(
                fields=["id"], condition=Q(status="waiting"), name="zips_to_prepare"
            ),
        ]

    def __str__(self) -> str:
        return f"zip {self.pk}"


class NamePattern(models.Model):
    """How a person wants files in a zip to be named (`gallery.file_names`)."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+"
    )
    pattern = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.pattern
