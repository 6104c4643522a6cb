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

    def of_alerts(self) -> Self:
        """Not those that carry one person's notices."""
        return self.filter(person=None)

    def changeable_by(self, membership: Membership) -> Self:
        """The team's channels for its admins, those without a team for owners."""
        of_team, shared = Q(team=membership.team_id), Q(team=None, person=None)
        if not membership.can_administer:
            of_team = Q(pk__in=[])
        return self.filter(of_team | shared if membership.user.is_owner else of_team)


class Channel(models.Model):
    """Carries its team's alerts; a person's notices; with neither, alerts for owners.

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
    person = models.ForeignKey(
        User, models.CASCADE, null=True, blank=True, related_name="own_channels"
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


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: User) -> Self:
        """One's own, of teams one is in, of kinds that are listed."""
        rows = self.filter(user=user, team__in=user.memberships.values("team"))
        return rows.exclude(kind__in=NoticeChoices.kinds_without(user, Way.PORTAL))

    def unread(self) -> Self:
        return self.filter(read_at=None)

    def joinable(self) -> Self:
        return self.unread().filter(closed_at=None)


class Way(models.TextChoices):
    """How a person is told."""

    PORTAL = "portal", _("In the portal")
    BROWSER = "browser", _("Browser")
    EMAIL = "email", _("E-mail")
    MESSENGER = "messenger", _("Messenger")


class Notice(models.Model):
    """``number`` events of one kind for one person: one message.

    It takes in more until it is read, or closed for sending. It holds no words about
    a picture: what may not be seen is not told.
    """

    class Kind(models.TextChoices):
        DONE = "done", _("Pictures ready")
        HELD = "held", _("In review")
        RELEASED = "released", _("Approved after review")
        REJECTED = "rejected", _("Rejected")
        APPEAL = "appeal", _("Appeal answered")
        BUDGET = "budget", _("Request about a limit answered")
        ZIP = "zip", _("Download ready")

    user = models.ForeignKey(User, models.CASCADE, related_name="notices")
    team = models.ForeignKey(Team, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    number = models.PositiveIntegerField(default=1)
    url = models.CharField(max_length=200)
    begun_at = models.DateTimeField(default=timezone.now)
    # Of the last event.
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "team", "kind"],
                condition=Q(read_at=None, closed_at=None),
                name="one_joinable_notice_a_kind",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["user", "-created_at", "-id"], name="notices_of_a_person"
            ),
            models.Index(
                fields=["begun_at"],
                condition=Q(read_at=None, closed_at=None),
                name="notices_to_close",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.number}"


class NoticeChoices(models.Model):
    """What a person does not want: ``done.email``. No row: nothing is off."""

    user = models.OneToOneField(
        User, models.CASCADE, primary_key=True, related_name="notice_choices"
    )
    off = models.JSONField(default=list)

    def __str__(self) -> str:
        return ", ".join(self.off)

    @classmethod
    def kinds_without(cls, user: User, way: str) -> list[str]:
        row = cls.objects.filter(user=user).first()
        parts = (code.partition(".") for code in (row.off if row else ()))
        return [kind for kind, _dot, off in parts if off == way]


class Delivery(models.Model):
    """One alert or notice for one channel; with neither: a test.

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
    notice = models.ForeignKey(
        Notice, models.CASCADE, null=True, blank=True, related_name="deliveries"
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
            ),
            models.UniqueConstraint(
                fields=["notice", "channel"], name="one_delivery_a_notice"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["try_after"],
                condition=Q(status="waiting"),
                name="deliveries_to_make",
            )
        ]

    def __str__(self) -> str:
        return f"{self.alert or self.notice or 'test'} · {self.channel}"


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
