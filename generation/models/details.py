"""All that a gateway says of a provider task, as it said it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generation.models.tasks import ProviderTask


class Detail(models.Model):
    """Asked for when somebody looks at a picture, and kept: gateways forget.

    ``said`` is the ``data`` of ``/ai/info`` (seed 003); empty where there is no such
    call.
    """

    task = models.OneToOneField(ProviderTask, models.CASCADE, related_name="detail")
    said = models.JSONField(default=dict)
    asked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("detail of a task")

    def __str__(self) -> str:
        return f"detail of {self.task_id}"
