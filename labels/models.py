"""What was labelled, what left the portal, and who may take a file unlabelled.

Rows about an artwork name it by a string foreign key: the artwork's own row outlives
the removal of its files.
"""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team
from log.models import AppendOnly, AppendOnlyQuerySet


class Label(AppendOnly):
    """The label of an artwork under one producer and one version of the rules."""

    class Upstream(models.TextChoices):
        """What the gateway's file said."""

        NONE = "none", _("no label")
        KEPT = "kept", _("kept as it came")
        REPLACED = "replaced", _("broken, replaced by ours")

    artwork = models.ForeignKey(
        "generation.Artwork", models.PROTECT, related_name="ai_labels"
    )
    # Of the artwork, whoever the producer is.
    produce_id = models.CharField(max_length=26, db_index=True)
    # ``ReservedCode1``: kept, as the portal's secret may change.
    seal = models.CharField(max_length=64)
    # As written; empty: none was set, and no TC260 label is written.
    producer = models.CharField(max_length=128, blank=True)
    rules = models.CharField(max_length=8)
    # Of the archived original.
    original = models.CharField(max_length=64)
    source = models.CharField(max_length=100)
    upstream = models.CharField(max_length=8, choices=Upstream)
    upstream_text = models.TextField(blank=True)
    # A labelled file is written without the gateway's manifest.
    had_c2pa = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = AppendOnlyQuerySet["Label"].as_manager()

    class Meta:
        verbose_name = _("AI label")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["artwork", "producer", "rules"], name="one_label_a_version"
            )
        ]

    def __str__(self) -> str:
        return f"label of artwork {self.artwork_id}"


class Agreement(AppendOnly):
    """A person accepted the terms of files without the visible label."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="label_agreements"
    )
    team = models.ForeignKey(Team, models.PROTECT, related_name="label_agreements")
    version = models.CharField(max_length=16)
    # In both languages, as shown.
    text = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    address = models.CharField(max_length=45, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = AppendOnlyQuerySet["Agreement"].as_manager()

    class Meta:
        verbose_name = _("agreement about labels")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "team", "version"], name="one_agreement_a_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} accepted {self.version}"


class ExportQuerySet(AppendOnlyQuerySet["Export"]):
    def of_team(self, team: Team) -> Self:
        return self.filter(team=team)


class Export(AppendOnly):
    """One file that was handed out. Kept for good; its digest is in the team's log."""

    is_logged = True

    class Channel(models.TextChoices):
        DOWNLOAD = "download", _("Download")
        ZIP = "zip", _("Zip file")
        SHARE = "share", _("Share link")
        API = "api", _("API")

    PURPOSE_CHARACTERS: ClassVar = 500

    artwork = models.ForeignKey(
        "generation.Artwork", models.PROTECT, related_name="exports"
    )
    team = models.ForeignKey(Team, models.PROTECT, related_name="exports")
    # Empty: whoever had the share link.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="exports"
    )
    address = models.CharField(max_length=45, blank=True)
    channel = models.CharField(max_length=8, choices=Channel)
    # Of the file that left.
    sha256 = models.CharField(max_length=64, db_index=True)
    # Whether it shows the visible label.
    is_explicit = models.BooleanField(default=True)
    agreement = models.ForeignKey(
        Agreement, models.PROTECT, null=True, related_name="exports"
    )
    purpose = models.CharField(max_length=PURPOSE_CHARACTERS, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        indexes: ClassVar = [
            models.Index(
                fields=["team", "-created_at", "-id"], name="exports_of_a_team"
            ),
            models.Index(
                fields=["team", "-created_at", "-id"],
                condition=models.Q(is_explicit=False),
                name="exports_without_a_label",
            ),
        ]

    def __str__(self) -> str:
        return f"export {self.pk} of artwork {self.artwork_id}"


class CleanGrant(models.Model):
    """An admin lets a person take files without the visible label. Every change is
    recorded (`log.changes`)."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="clean_grants")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="clean_grants"
    )
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("right to files without the visible label")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "user"], name="one_clean_grant")
        ]

    def __str__(self) -> str:
        return f"clean grant of {self.team_id} to {self.user_id}"


class TeamLabels(models.Model):
    """A team's own settings of labels."""

    team = models.OneToOneField(
        Team, models.CASCADE, primary_key=True, related_name="label_settings"
    )
    # Large views inside the portal do not draw the visible label.
    is_view_clean = models.BooleanField(default=False)
    # Everybody in the team may take files without it.
    is_export_clean = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("label settings")

    def __str__(self) -> str:
        return f"label settings of {self.team_id}"

    @classmethod
    def has_clean_view(cls, team: int) -> bool:
        return cls.objects.filter(team=team, is_view_clean=True).exists()
