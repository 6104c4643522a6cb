"""Pictures of provider tasks."""

import datetime
from collections.abc import Sequence
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Team, User
from gateways.providers.base import Verdict
from generation.models.generations import Generation
from generation.models.provider_tasks import ProviderTask
from generation.models.signals import artworks_changed


class ArtworkQuerySet(models.QuerySet["Artwork"]):
    def visible_to(self, user: User) -> Self:
        """Held pictures are visible in review only; binned ones in the bin."""
        teams = user.memberships.values("team")
        rows = self.filter(moderation=Artwork.Moderation.RELEASED, team__in=teams)
        return rows.filter(binned_at=None)

    def reviewable_by(self, user: User) -> Self:
        moderated = user.memberships.filter(role__in=Membership.MODERATING)
        return self.filter(team__in=moderated.values("team"), stored_at__isnull=False)

    def in_team(self, team: Team) -> Self:
        return self.filter(team=team)

    def binned_by(self, user: User) -> Self:
        """In the bin of the person, who requested them; released, and not erased."""
        teams = user.memberships.values("team")
        rows = self.filter(requested_by=user, team__in=teams, erased_at=None)
        released = rows.filter(moderation=Artwork.Moderation.RELEASED)
        return released.filter(binned_at__isnull=False)

    def pending(self) -> Self:
        return self.filter(
            moderation=Artwork.Moderation.PENDING, stored_at__isnull=False
        )

    def held(self) -> Self:
        return self.filter(moderation=Artwork.Moderation.HELD)

    def at_risk(self) -> Self:
        """To be fetched, or lost."""
        return self.filter(stored_at__isnull=True)

    def mark_opened(self, now: datetime.datetime) -> int:
        """Originals alone: thumbnails do not count."""
        return self.filter(first_opened_at=None)._change(first_opened_at=now)

    def mark_downloaded(self, now: datetime.datetime) -> int:
        """Originals; a download opens them."""
        return self.filter(first_downloaded_at=None)._change(
            first_downloaded_at=now, first_opened_at=Coalesce("first_opened_at", now)
        )

    @transaction.atomic
    def _change(self, **fields: Any) -> int:
        keys = list(self.values_list("pk", flat=True))
        changed = self.filter(pk__in=keys).update(**fields)
        artworks_changed.send(Artwork, keys=keys)
        return changed

    def unstored(self, now: datetime.datetime) -> Self:
        return self.filter(fetch_after__lte=now).order_by("fetch_after", "pk")


class Artwork(models.Model):
    """One picture of a provider task.

    moderation: pending ─→ released | held      (by rule, once stored)
                held ─→ released | rejected     (by a person)
                released ─→ rejected            (taken down)
    """

    class Moderation(models.TextChoices):
        PENDING = "pending", _("not checked yet")
        HELD = "held", _("in review")
        RELEASED = "released", _("approved")
        REJECTED = "rejected", _("rejected")

    class VerdictChoice(models.TextChoices):
        PASS = Verdict.PASS.value, _("pass")
        REVIEW = Verdict.REVIEW.value, _("review")
        BLOCK = Verdict.BLOCK.value, _("block")
        MISSING = Verdict.MISSING.value, _("no audit")

    task = models.ForeignKey(ProviderTask, models.PROTECT, related_name="artworks")
    generation = models.ForeignKey(Generation, models.PROTECT, related_name="artworks")
    team = models.ForeignKey(Team, models.PROTECT, related_name="artworks")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="artworks"
    )
    position = models.PositiveIntegerField(default=0)
    source_url = models.TextField()

    moderation = models.CharField(
        max_length=8, choices=Moderation, default=Moderation.PENDING
    )
    moderated_at = models.DateTimeField(null=True, blank=True)
    verdict = models.CharField(
        max_length=7, choices=VerdictChoice, default=VerdictChoice.MISSING
    )
    is_check_failed = models.BooleanField(default=False)
    is_offending = models.BooleanField(default=False)
    labels = models.JSONField(default=list, blank=True)

    sha256 = models.CharField(max_length=64, blank=True)
    content_type = models.CharField(max_length=40, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    # Perceptual hash, 256 bits in hex; empty: blank picture.
    likeness = models.CharField(max_length=64, blank=True)

    fetch_after = models.DateTimeField(null=True, blank=True)
    fetch_attempts = models.PositiveIntegerField(default=0)
    fetch_error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    stored_at = models.DateTimeField(null=True, blank=True)
    first_opened_at = models.DateTimeField(null=True, blank=True)
    first_downloaded_at = models.DateTimeField(null=True, blank=True)
    # The gateway kept it no longer.
    lost_at = models.DateTimeField(null=True, blank=True)
    # Deleted by the person who requested it; `gallery.deletion` alone writes these.
    binned_at = models.DateTimeField(null=True, editable=False)
    # When the bin ends, and until its files are removed.
    erase_after = models.DateTimeField(null=True, editable=False)
    # The claim before its files are removed: it cannot be restored any more.
    erased_at = models.DateTimeField(null=True, editable=False)

    objects = ArtworkQuerySet.as_manager()

    class Meta:
        verbose_name = _("artwork")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["task", "position"], name="one_artwork_a_position"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["fetch_after", "id"],
                condition=Q(fetch_after__isnull=False),
                name="artworks_to_fetch",
            ),
            models.Index(
                fields=["id"],
                condition=Q(moderation="pending", stored_at__isnull=False),
                name="artworks_to_screen",
            ),
            models.Index(
                fields=["team", "created_at", "id"],
                condition=Q(moderation="held"),
                name="artworks_to_review",
            ),
            models.Index(
                fields=["team", "-created_at", "-id"],
                condition=Q(moderation="released"),
                name="artworks_released",
            ),
            models.Index(fields=["sha256"], name="artworks_of_the_same_bytes"),
            models.Index(
                fields=["team", "-created_at", "-id"],
                condition=Q(stored_at__isnull=True),
                name="artworks_at_risk",
            ),
            models.Index(
                fields=["requested_by", "-binned_at", "-id"],
                condition=Q(binned_at__isnull=False, erased_at__isnull=True),
                name="artworks_in_the_bin",
            ),
            models.Index(
                fields=["erase_after", "id"],
                condition=Q(erase_after__isnull=False),
                name="artworks_to_erase",
            ),
        ]

    def __str__(self) -> str:
        return f"artwork {self.pk}"

    @property
    def aspect_ratio(self) -> float:
        return self.width / self.height if self.height else 1.0

    def moderate(self, to: str, now: datetime.datetime, *, expected: str = "") -> bool:
        """Compare-and-set on the state that was expected, or read.

        Call in the transaction that writes the decision.
        """
        state = expected or self.moderation
        moved = Artwork.objects.filter(pk=self.pk, moderation=state).update(
            moderation=to, moderated_at=now
        )
        if moved:
            self.moderation, self.moderated_at = to, now
            self._update_cards({self.generation_id})
            artworks_changed.send(Artwork, keys=[self.pk])
        return bool(moved)

    def lose(self, now: datetime.datetime) -> bool:
        """Call in a transaction. False: stored, or given up."""
        rows = Artwork.objects.filter(pk=self.pk, stored_at=None, lost_at=None)
        if not rows.update(lost_at=now, fetch_after=None):
            return False
        self._update_cards({self.generation_id})
        return True

    def fetch_again(self, after: datetime.datetime) -> bool:
        """Also after giving up. Call in a transaction. False: stored."""
        rows = Artwork.objects.filter(pk=self.pk, stored_at=None)
        if not rows.update(fetch_after=after, lost_at=None):
            return False
        self._update_cards({self.generation_id})
        return True

    @classmethod
    def moderate_all(
        cls, artworks: Sequence["Artwork"], to: str, now: datetime.datetime
    ) -> None:
        """Call in the transaction that locked them."""
        keys = [artwork.pk for artwork in artworks]
        cls.objects.filter(pk__in=keys).update(moderation=to, moderated_at=now)
        cls._update_cards({artwork.generation_id for artwork in artworks})
        artworks_changed.send(Artwork, keys=keys)

    @classmethod
    def bin_all(cls, rows: ArtworkQuerySet, **fields: datetime.datetime | None) -> int:
        """Write these fields of the bin. Call in a transaction."""
        generations = dict(rows.values_list("pk", "generation"))
        moved = rows.filter(pk__in=generations).update(**fields)
        cls._update_cards(set(generations.values()))
        artworks_changed.send(Artwork, keys=list(generations))
        return moved

    @classmethod
    def _update_cards(cls, generations: set[int]) -> None:
        of = cls.objects.filter(generation=OuterRef("pk"))
        pending = of.filter(moderation=cls.Moderation.PENDING, lost_at=None)
        Generation.objects.filter(pk__in=generations).update(
            version=F("version") + 1,
            is_storing=Exists(pending),
            is_held=Exists(of.filter(moderation=cls.Moderation.HELD)),
            is_rejected=Exists(of.filter(moderation=cls.Moderation.REJECTED)),
        )
