"""A moderator's preferences and exposure budget."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class Desk(models.Model):
    """Leasing locks the row: two tabs of one person share one limit of leases."""

    class Cover(models.TextChoices):
        COLOURS = "colours", _("Colours only")
        DIM = "dim", _("Darker")
        NONE = "none", _("A blank frame")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        primary_key=True,
        related_name="desk",
    )
    cover = models.CharField(
        _("cover"), max_length=7, choices=Cover, default=Cover.COLOURS
    )
    is_grey = models.BooleanField(_("revealed pictures in grey"), default=False)
    # Labels, in the gateways' words, that this person is not given.
    opted_out = models.JSONField(default=list, blank=True)
    # Reveals of grave pictures per hour; then `exposure.BREAK` begins.
    budget = models.PositiveSmallIntegerField(
        _("severe content an hour"),
        default=40,
        validators=[MinValueValidator(1), MaxValueValidator(500)],
    )
    break_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("review preferences")

    def __str__(self) -> str:
        return f"desk of {self.user_id}"

    @property
    def is_resting(self) -> bool:
        return self.break_until is not None and self.break_until > timezone.now()

    @classmethod
    def of(cls, user: User) -> "Desk":
        """Unsaved, with the defaults, where there is none."""
        return cls.objects.filter(user=user).first() or cls(user=user)

    @classmethod
    def locked(cls, user: User) -> "Desk":
        """Locked until the transaction ends; made where missing."""
        found = cls.objects.select_for_update().filter(user=user).first()
        if found is None:
            cls.objects.get_or_create(user=user)
            found = cls.objects.select_for_update().get(user=user)
        return found
