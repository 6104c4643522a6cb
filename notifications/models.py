"""Alerts for admins and owners, channels to carry them outside, deliveries."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Team, User


class AlertQuerySet(models.QuerySet["Alert"]):
    def open(self) -> Self:
        return self.filter(cleared_at=None)

    def unseen(self) -> Self:
        return self.open().filter(seen_at=None)

    def visible_to(self, user: User) -> Self:
        """A team's alerts for its admins, those without a team for owners."""
        teams = user.memberships.filter(role=Membership.Role.ADMIN).values("team")
        of_teams = Q(team__in=teams)
        return self.filter(of_teams | Q(team=None) if user.is_owner else of_teams)


class Alert(models.Model):
    """A fact that needs an admin; without a team, an owner of the installation."""

    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, related_name="alerts"
    )
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    facts = models.JSONField(default=dict)
    url = models.CharField(max_length=200, blank=True)
    raised_at = models.DateTimeField(default=timezone.now)
    cleared_at = models.DateTimeField(null=True, blank=True)
    # The first admin to see it: off the badge, still open.
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


class ChannelQuerySet(models.QuerySet["Channel"]):
    def in_use(self) -> Self:
        return self.filter(removed_at=None)

    def changeable_by(self, membership: Membership) -> Self:
        """The team's channels for its admins, those without a team for owners."""
        of_team, shared = Q(team=membership.team_id), Q(team=None)
        if not membership.can_administer:
            of_team = Q(pk__in=[])
        return self.filter(of_team | shared if membership.user.is_owner else of_team)


class Channel(models.Model):
    """Carries its team's alerts; without a team, those for owners.

    Address and secret are encrypted (``accounts.sealing``).
    A webhook address alone grants the right to post.
    """

    class Kind(models.TextChoices):
        EMAIL = "email", _("E-mail")
        FEISHU = "feishu", _("Feishu")
        DINGTALK = "dingtalk", _("DingTalk")
        WECOM = "wecom", _("WeCom")
        JSON = "json", _("JSON")

    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, related_name="channels"
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    name = models.CharField(_("name"), max_length=80)
    # Shown on pages.
    host = models.CharField(max_length=255)
    sealed_address = models.TextField()
    sealed_secret = models.TextField(blank=True)
    language = models.CharField(max_length=10)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="channels")
    created_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        verbose_name = _("channel")

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One alert for one channel; without an alert: a test.

    waiting ─→ sent | failed        sent | failed ─→ waiting, by a replay
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
    # Since the last replay; ``tries`` holds all.
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
    """``answer``: the reason of a failure."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="tries")
    is_sent = models.BooleanField()
    answer = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("attempt")

    def __str__(self) -> str:
        return self.answer or "sent"
