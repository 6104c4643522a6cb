"""Pictures that people upload: photos and start pictures."""

import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from generation.models.generations import new_token


class UploadQuerySet(models.QuerySet["Upload"]):
    def visible_to(self, user: User) -> Self:
        """One's own, in the teams one belongs to: to look at and to use. Moderators
        see references in their review (`moderation.views`), covered until a reveal."""
        teams = user.memberships.values("team")
        return self.filter(uploaded_by=user, team__in=teams)

    def expired(self, now: datetime.datetime) -> Self:
        return self.filter(used_at__lt=now - Upload.KEPT)


class Upload(models.Model):
    """Decoded and rewritten before storage; named by an unguessable token."""

    #: Retention after the last use.
    KEPT = datetime.timedelta(days=30)

    token = models.CharField(max_length=64, unique=True, default=new_token)
    team = models.ForeignKey(Team, models.CASCADE, related_name="uploads")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="uploads"
    )
    # The finished picture that was used again; empty: a file of the person.
    made_of = models.ForeignKey(
        "generation.Artwork",
        models.SET_NULL,
        null=True,
        db_index=False,
        related_name="+",
    )
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=40)
    size = models.PositiveBigIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    # What the file said of its origin before that was removed (`upload_origins`).
    origin = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(default=timezone.now)

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("upload")
        indexes: ClassVar = [
            models.Index(fields=["used_at"], name="uploads_by_last_use"),
            models.Index(fields=["sha256"], name="uploads_of_the_same_bytes"),
        ]

    def __str__(self) -> str:
        return f"upload {self.pk}"

    @property
    def is_of_ai(self) -> bool:
        """A finished picture, or a file that says so itself."""
        return bool(self.made_of_id or self.origin.get("ai"))

    @property
    def picture_id(self) -> int | None:
        """Key of the artwork whose file it is."""
        return self.made_of_id or self.origin.get("artwork")

    @property
    def extension(self) -> str:
        return {"image/jpeg": "jpg"}.get(self.content_type, self.content_type[6:])


class UploadMinute(models.Model):
    """Files that a person brought in the running minute; refused ones count."""

    LENGTH = datetime.timedelta(minutes=1)

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="upload_minute"
    )
    began_at = models.DateTimeField()
    files = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("minute of uploads")

    def __str__(self) -> str:
        return f"{self.files} files of {self.user_id} since {self.began_at}"

    @classmethod
    def count(cls, user: User, *, most: int) -> bool:
        """Count one more; False where the minute has ``most`` already."""
        now, rows = timezone.now(), cls.objects.filter(user=user)
        # Begun later than now: the clock was set back.
        over = Q(began_at__lte=now - cls.LENGTH) | Q(began_at__gt=now)
        if rows.filter(over).update(began_at=now, files=1):
            return True
        started = {"began_at": now, "files": 1}
        is_new = cls.objects.get_or_create(user=user, defaults=started)[1]
        return is_new or bool(rows.filter(files__lt=most).update(files=F("files") + 1))
