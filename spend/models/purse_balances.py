"""What the gateways say that they hold for the purses."""

from typing import ClassVar

from django.db import models

from spend.units import Unit


class PurseBalance(models.Model):
    """Of one account there. ``gateway``: key as on `LedgerAccount`."""

    gateway = models.CharField(max_length=140)
    account = models.CharField(max_length=140)
    unit = models.CharField(max_length=8, choices=Unit)
    balance = models.BigIntegerField()
    read_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["gateway", "account", "unit"], name="one_balance_an_account"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.balance} {self.unit}"
