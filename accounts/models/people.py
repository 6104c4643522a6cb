"""People, and the passwords that an admin gives them."""

import datetime
import secrets
from typing import TYPE_CHECKING, Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from log import changes

if TYPE_CHECKING:
    from django_stubs_ext.db.models.manager import RelatedManager

    from accounts.models.memberships import Invitation, Membership, Team

#: Without look-alikes (i, l, o, 0, 1).
PASSWORD_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
TEMPORARY_PASSWORD_HOURS = 72


class LastOwner(Exception):
    """The change would leave the installation without an owner."""


class User(AbstractUser):
    """Memberships hold the permissions in a team.

    Owners look after the installation: gateway accounts, teams, allocations, owners.
    """

    class Theme(models.TextChoices):
        SYSTEM = "system", _("System")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    theme = models.CharField(
        _("theme"), max_length=6, choices=Theme, default=Theme.SYSTEM
    )
    language = models.CharField(_("language"), max_length=10, blank=True)
    # Set by an admin; pages open only after its change.
    is_password_temporary = models.BooleanField(default=False)
    is_owner = models.BooleanField(default=False)
    # An owner who has closed the checklist of the first days.
    is_settled = models.BooleanField(default=False)
    password_expires_at = models.DateTimeField(null=True, editable=False)
    # Counted where notices are written (`notifications.notices`): each page shows it.
    unread_notices = models.PositiveIntegerField(default=0, editable=False)

    if TYPE_CHECKING:
        memberships: RelatedManager["Membership"]
        invitations: RelatedManager["Invitation"]

    #: What `display_name` reads.
    NAMES = ("username", "first_name", "last_name")

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username

    @property
    def is_expected(self) -> bool:
        """Added by an admin and never signed in."""
        return self.is_password_temporary and self.last_login is None

    @property
    def is_password_expired(self) -> bool:
        """A temporary password that was not changed in time."""
        ends = self.password_expires_at
        return ends is not None and ends <= timezone.now()

    def renew_password(self, *, by: "User | None", team: "Team | None" = None) -> str:
        """The new temporary password; only its hash is stored. Ends all sessions.

        ``team``: whose admin makes it. Raises `hashing.Busy`.
        """
        password = temporary_password()
        fields = temporary_fields(password)
        with transaction.atomic():
            self.take(fields)
            changes.record(changes.Kind.SIGN_IN, self.username, by=by, team=team)
        return password

    def take(self, given: dict[str, Any]) -> None:
        for name, value in given.items():
            setattr(self, name, value)
        self.save(update_fields=given)

    def set_owner(self, is_owner: bool, *, by: "User | None") -> None:
        """Raises LastOwner."""
        with transaction.atomic():
            owners = User.objects.select_for_update().filter(is_owner=True)
            keys = [row.pk for row in owners.order_by("pk")]
            if not is_owner and keys == [self.pk]:
                raise LastOwner
            before = self.pk in keys
            self.is_owner = is_owner
            self.save(update_fields=["is_owner"])
            changes.record(
                changes.Kind.OWNER,
                self.username,
                by=by,
                before=int(before),
                after=int(is_owner),
            )


def temporary_fields(password: str) -> dict[str, Any]:
    """Of a person who changes this password within TEMPORARY_PASSWORD_HOURS."""
    life = datetime.timedelta(hours=TEMPORARY_PASSWORD_HOURS)
    return {
        "password": make_password(password),
        "is_password_temporary": True,
        "password_expires_at": timezone.now() + life,
    }


def temporary_password() -> str:
    """16 characters, about 80 bits."""
    return "-".join(
        "".join(secrets.choice(PASSWORD_ALPHABET) for _ in range(4)) for _ in range(4)
    )
