"""An account's sending state, circuit breaker and last fault."""

import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AccountHealth(models.Model):
    """Whether an account takes requests, and why not; made by ``GatewayAccount.save``.

    `pausing` moves the sending state, `circuit_breaker` the rest, by compare-and-set;
    their state diagrams are there. Polls and downloads go on in every sending state; an
    open breaker stops them, too.
    """

    class Sending(models.TextChoices):
        ACTIVE = "active", _("in use")
        DRAINING = "draining", _("draining")
        PAUSED = "paused", _("paused")

    sending = models.CharField(max_length=8, choices=Sending, default=Sending.ACTIVE)
    # The gateway's code; empty: an admin paused the account.
    paused_code = models.CharField(max_length=40, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="paused_accounts",
    )
    # From then on, one generation at a time probes whether the pause is over.
    resume_after = models.DateTimeField(null=True, blank=True)
    # The lowest during the pause; a higher balance ends it.
    paused_balance = models.BigIntegerField(null=True, blank=True)

    # No request before: a Retry-After, an open breaker, or a running probe.
    quiet_until = models.DateTimeField(null=True, blank=True)
    # Silences in a row, breaker closed.
    failures = models.PositiveIntegerField(default=0)
    # Openings in a row; each doubles the back-off.
    trips = models.PositiveIntegerField(default=0)
    # Empty: the breaker is closed.
    tripped_at = models.DateTimeField(null=True, blank=True)

    # The last fault in the gateway's words, its code, and when the trouble began.
    trouble = models.TextField(blank=True)
    trouble_code = models.CharField(max_length=40, blank=True)
    trouble_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    # The last test of the credentials that succeeded.
    tested_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("account health")

    def __str__(self) -> str:
        return str(self.get_sending_display())

    @property
    def is_active(self) -> bool:
        return self.sending == self.Sending.ACTIVE

    @property
    def is_paused(self) -> bool:
        return self.sending == self.Sending.PAUSED

    @property
    def is_well(self) -> bool:
        return self.is_active and not self.trouble and self.tripped_at is None

    def is_quiet(self, now: datetime.datetime) -> bool:
        """Whether the account gets no request at all until later."""
        return self.quiet_until is not None and self.quiet_until > now

    def is_free(self, now: datetime.datetime) -> bool:
        """Whether the account takes new work."""
        return self.is_active and self.tripped_at is None and not self.is_quiet(now)
