"""Views of a page that a person keeps by name: of spend, and of the gallery."""

import datetime
from typing import ClassVar, Self

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Team, User


class TooMany(Exception):
    """The person keeps as many of the page as may be."""


class NameTaken(Exception):
    """The person keeps another one of this name."""


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def has_room(self, user: User, team: Team) -> bool:
        """Whether the person may keep one more of these; old removed ones go. Call for
        one page."""
        own = self.filter(saved_by=user, team=team)
        own.filter(removed_at__lt=timezone.now() - SavedView.RESTORABLE).delete()
        return own.filter(removed_at=None).count() < SavedView.MOST

    def visible_to(self, user: User, team: Team) -> Self:
        """The user's own, and those shared with whoever sees the page in the team."""
        shown = self.filter(Q(saved_by=user) | Q(is_shared=True), team=team)
        return shown.filter(removed_at=None)

    def of_spend(self) -> Self:
        return self.filter(page=SavedView.Page.SPEND)

    def of_gallery(self) -> Self:
        return self.filter(page=SavedView.Page.GALLERY)


class SavedView(models.Model):
    """``address``: the query string. A removed view can be restored for a while."""

    class Page(models.TextChoices):
        SPEND = "spend"
        GALLERY = "gallery"

    ADDRESS_CHARACTERS: ClassVar = 500
    #: Of one person in one team, for each page.
    MOST: ClassVar = 50
    #: A removed view can be restored for this long.
    RESTORABLE: ClassVar = datetime.timedelta(days=1)

    page = models.CharField(max_length=7, choices=Page, default=Page.SPEND)
    team = models.ForeignKey(Team, models.CASCADE, related_name="saved_views")
    saved_by = models.ForeignKey(User, models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=60)
    address = models.CharField(max_length=ADDRESS_CHARACTERS)
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, editable=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["team", "saved_by", "page", "name"],
                condition=Q(removed_at=None),
                name="one_view_of_a_name",
            )
        ]

    def __str__(self) -> str:
        return f"{self.team} · {self.name}"

    def keep(self) -> None:
        """Insert, or restore a removed one. Raises TooMany, NameTaken."""
        if self.pk and self.removed_at is None:
            return
        of_page = SavedView.objects.filter(page=self.page)
        if not of_page.has_room(self.saved_by, self.team):
            raise TooMany
        self.removed_at = None
        try:
            with transaction.atomic():
                self.save(update_fields=["removed_at"] if self.pk else None)
        except IntegrityError as error:
            raise NameTaken from error

    def remove(self) -> None:
        rows = SavedView.objects.filter(pk=self.pk, removed_at=None)
        rows.update(removed_at=timezone.now())
