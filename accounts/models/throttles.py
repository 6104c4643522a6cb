"""Wrong tries to sign in, and presses of buttons that test a connection."""

from django.db import models


class Throttle(models.Model):
    """Wrong tries to sign in: of a name from one place, of an address, or of a name.

    Written by `accounts.sign_in_throttle`; and by `accounts.press_limits`, where a row
    counts the presses of a button until ``expires_at``.
    """

    # A keyed digest.
    key = models.CharField(max_length=40, primary_key=True)
    # As of ``counted_at``; they leak away after it.
    failures = models.FloatField(default=0)
    counted_at = models.DateTimeField()
    wait_until = models.DateTimeField(null=True)
    # The name has signed in from this place.
    is_known = models.BooleanField(default=False)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key
