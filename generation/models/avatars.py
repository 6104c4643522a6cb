"""Deletions of avatars at the gateway. An avatar is the task that trained it."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generation.models.provider_tasks import ProviderTask


class AvatarDeletion(models.Model):
    task = models.OneToOneField(
        ProviderTask, models.CASCADE, related_name="avatar_deletion"
    )
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="avatar_deletions"
    )
    deleted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("deletion of an avatar")

    def __str__(self) -> str:
        return f"deletion of {self.task_id}"
