"""Share links: pictures shown to whoever has the address, without signing in."""

import datetime
import hashlib
from typing import ClassVar, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Team, User
from gallery.models.boards import Board
from generation.models import Artwork


class ShareQuerySet(models.QuerySet["Share"]):
    def open(self, now: datetime.datetime) -> Self:
        return self.filter(revoked_at=None, expires_at__gt=now)

    def revocable_by(self, membership: Membership) -> Self:
        """Own links; all of the team for an admin."""
        rows = self.filter(team=membership.team_id)
        if membership.can_administer:
            return rows
        return rows.filter(created_by=membership.user_id)

    def with_token(self, token: str) -> Self:
        return self.filter(digest=Share.digest_of(token))


class Share(models.Model):
    """Of a board as it is now, or of chosen pictures (`ShareItem`).

    Shows what ``created_by`` may see in the team, and nothing else. The token stands in
    the address alone; ``digest`` is its sha-256.
    """

    TITLE_CHARACTERS: ClassVar = 80

    team = models.ForeignKey(Team, models.CASCADE, related_name="shares")
    created_by = models.ForeignKey(User, models.PROTECT, related_name="shares")
    digest = models.CharField(max_length=64, unique=True)
    title = models.CharField(_("title"), max_length=TITLE_CHARACTERS)
    board = models.ForeignKey(
        Board, models.CASCADE, null=True, blank=True, related_name="shares"
    )
    # Hashed; empty: none is asked.
    password = models.CharField(max_length=128, blank=True)
    may_download = models.BooleanField(default=False)
    views = models.PositiveIntegerField(default=0)
    viewed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ShareQuerySet.as_manager()

    class Meta:
        verbose_name = _("share link")
        indexes: ClassVar = [
            models.Index(
                fields=["team", "-created_at", "-id"], name="shares_of_a_team"
            ),
            models.Index(
                fields=["created_by", "team", "-created_at", "-id"],
                name="shares_of_a_person",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @staticmethod
    def digest_of(token: str) -> str:
        return hashlib.sha256(token.encode("utf-8", "backslashreplace")).hexdigest()

    @property
    def is_over(self) -> bool:
        return self.expires_at <= timezone.now()


class ShareItem(models.Model):
    share = models.ForeignKey(Share, models.CASCADE, related_name="items")
    artwork = models.ForeignKey(Artwork, models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["share", "artwork"], name="once_in_a_share")
        ]

    def __str__(self) -> str:
        return f"{self.share_id} · {self.artwork_id}"
