"""People: who they are, which team they work in, and what they may do there."""

from typing import TYPE_CHECKING, ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext.db.models.manager import RelatedManager


class User(AbstractUser):
    """A person. What they may do is said by their memberships, not here."""

    class Theme(models.TextChoices):
        SYSTEM = "system", _("System")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    theme = models.CharField(
        _("theme"), max_length=6, choices=Theme, default=Theme.SYSTEM
    )
    language = models.CharField(_("language"), max_length=10, blank=True)

    if TYPE_CHECKING:
        memberships: RelatedManager["Membership"]

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username


class Team(models.Model):
    name = models.CharField(_("name"), max_length=80, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("team")

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One person's role in one team. An admin may do what a moderator may."""

    class Role(models.TextChoices):
        MEMBER = "member", _("Member")
        MODERATOR = "moderator", _("Moderator")
        ADMIN = "admin", _("Admin")

    MODERATING: ClassVar = (Role.MODERATOR, Role.ADMIN)

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=9, choices=Role, default=Role.MEMBER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("membership")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "team"], name="one_role_in_a_team")
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.team} · {self.role}"

    @property
    def can_moderate(self) -> bool:
        return self.role in self.MODERATING

    @property
    def can_administer(self) -> bool:
        return self.role == self.Role.ADMIN
