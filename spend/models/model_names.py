"""Names of AI models; transfers keep their codes."""

from typing import ClassVar

from django.db import models


class ModelName(models.Model):
    """``gateway``: key as on `LedgerAccount`."""

    gateway = models.CharField(max_length=140)
    code = models.CharField(max_length=80)
    name = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["gateway", "code"], name="one_name_a_model_code"
            )
        ]

    def __str__(self) -> str:
        return f"{self.gateway} · {self.code} · {self.name}"
