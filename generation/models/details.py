"""The gateway's fullest answer about a provider task."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generation.models.provider_tasks import ProviderTask


class Detail(models.Model):
    """Kept, for gateways delete theirs.

    ``said``: ``data`` of ``/ai/info`` (seed 003); empty without such a call.
    """

    task = models.OneToOneField(ProviderTask, models.CASCADE, related_name="detail")
    said = models.JSONField(default=dict)
    asked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("detail of a task")

    def __str__(self) -> str:
        return f"detail of {self.task_id}"
