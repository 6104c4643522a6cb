"""People: who they are, which team they work in, and what they may do there."""

import secrets
from typing import TYPE_CHECKING, ClassVar, Self

from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.db.models import Exists, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext.db.models.manager import RelatedManager


#: Letters and digits that nobody mixes up when reading them out.
PASSWORD_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class LastAdmin(Exception):
    """A team keeps at least one admin."""


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
    # Someone else knows it: nothing opens before it is changed.
    is_password_temporary = models.BooleanField(default=False)

    if TYPE_CHECKING:
        memberships: RelatedManager["Membership"]

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username

    @property
    def is_expected(self) -> bool:
        """Made by an admin, and never signed in so far."""
        return self.is_password_temporary and self.last_login is None

    def renew_password(self) -> str:
        """A new password for the first sign-in, told here and only here."""
        password = temporary_password()
        self.set_password(password)
        self.is_password_temporary = True
        self.save(update_fields=["password", "is_password_temporary"])
        return password


class Team(models.Model):
    name = models.CharField(_("name"), max_length=80, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("team")

    def __str__(self) -> str:
        return self.name

    def add(self, username: str, role: str, name: str = "") -> tuple["Membership", str]:
        """Make someone a member; who is new gets a password, told here and only here.

        Raises IntegrityError where they are one already.
        """
        with transaction.atomic():
            user, is_new = User.objects.get_or_create(
                username=User.normalize_username(username),
                defaults={"first_name": name, "is_password_temporary": True},
            )
            password = user.renew_password() if is_new else ""
            return Membership.objects.create(user=user, team=self, role=role), password


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

    def change_role(self, role: str) -> None:
        """Raises LastAdmin where nobody else could undo it."""
        with transaction.atomic():
            if role != self.Role.ADMIN:
                self._ensure_another_admin()
            self.role = role
            self.save(update_fields=["role"])

    def leave(self) -> None:
        """The person stays, with all they made. Raises LastAdmin."""
        with transaction.atomic():
            self._ensure_another_admin()
            self.delete()

    def _ensure_another_admin(self) -> None:
        """Locks the team's admins: two of them cannot demote each other at once."""
        rows = Membership.objects.select_for_update().filter(
            team=self.team_id, role=self.Role.ADMIN
        )
        if [row.pk for row in rows.order_by("pk")] == [self.pk]:
            raise LastAdmin


class AlertQuerySet(models.QuerySet["Alert"]):
    def open(self) -> Self:
        return self.filter(cleared_at=None)

    def unseen(self) -> Self:
        return self.open().filter(seen_at=None)

    def visible_to(self, user: User) -> Self:
        """For the admins of its team; of no team, for the admins of any."""
        teams = user.memberships.filter(role=Membership.Role.ADMIN).values("team")
        return self.filter(
            Q(team__in=teams) | Q(Q(team=None) & Exists(teams)),
        )


class Alert(models.Model):
    """Something that a person must look at. Once for each key while it is open."""

    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, related_name="alerts"
    )
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    facts = models.JSONField(default=dict)
    url = models.CharField(max_length=200, blank=True)
    raised_at = models.DateTimeField(default=timezone.now)
    cleared_at = models.DateTimeField(null=True, blank=True)
    # The first who took notice: then it calls no more, and stays until it is over.
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="seen_alerts"
    )

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=Q(cleared_at=None),
                name="one_open_alert_a_key",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Channel(models.Model):
    """Where a team's alerts go outside of the portal. Address and secret are sealed:
    an address of a webhook is as good as a password."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("E-mail")
        FEISHU = "feishu", _("Feishu")
        DINGTALK = "dingtalk", _("DingTalk")
        WECOM = "wecom", _("WeCom")
        JSON = "json", _("JSON")

    team = models.ForeignKey(Team, models.CASCADE, related_name="channels")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    name = models.CharField(_("name"), max_length=80)
    # What may be shown of the address.
    host = models.CharField(max_length=255)
    sealed_address = models.TextField()
    sealed_secret = models.TextField(blank=True)
    language = models.CharField(max_length=10)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="channels")
    created_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("channel")

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One alert on its way to one channel; without an alert it is a test.

    waiting ─→ sent | failed        failed | sent ─→ waiting, when it is sent again
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("not delivered")

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="deliveries")
    alert = models.ForeignKey(
        Alert, models.CASCADE, null=True, blank=True, related_name="deliveries"
    )
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    # Of the round that is under way; all that was ever tried stands in ``tries``.
    attempts = models.PositiveIntegerField(default=0)
    try_after = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("delivery")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["alert", "channel"], name="one_delivery_a_channel"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["try_after"],
                condition=Q(status="waiting"),
                name="deliveries_to_make",
            )
        ]

    def __str__(self) -> str:
        return f"{self.alert or 'test'} · {self.channel}"


class DeliveryTry(models.Model):
    """What came of one attempt. Append-only."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="tries")
    is_sent = models.BooleanField()
    answer = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("attempt")

    def __str__(self) -> str:
        return self.answer or "sent"


def temporary_password() -> str:
    """Four groups of four, about 80 bits."""
    return "-".join(
        "".join(secrets.choice(PASSWORD_ALPHABET) for _ in range(4)) for _ in range(4)
    )
