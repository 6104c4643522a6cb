"""Few presses a minute of a button that makes the portal call elsewhere, whoever
presses."""

import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import ngettext

from accounts.models import Throttle

MOST = 5
WINDOW = datetime.timedelta(minutes=1)


class PressedOften(Exception):
    def __init__(self, seconds: int) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds

    @property
    def message(self) -> str:
        return ngettext(
            "Tested %(most)s times within a minute. Test again in %(number)s second.",
            "Tested %(most)s times within a minute. Test again in %(number)s seconds.",
            self.seconds,
        ) % {"most": MOST, "number": self.seconds}


def take(button: str) -> None:
    """Count a press, before the work. Raises PressedOften."""
    now = timezone.now()
    digest = salted_hmac(__name__, button, algorithm="sha256").hexdigest()
    new = {"counted_at": now, "expires_at": now + WINDOW}
    with transaction.atomic():
        Throttle.objects.get_or_create(key=digest[:40], defaults=new)
        row = Throttle.objects.select_for_update().get(key=digest[:40])
        if row.expires_at <= now:
            row.counted_at, row.expires_at, row.failures = now, now + WINDOW, 0
        if row.failures >= MOST:
            left = (row.expires_at - now).total_seconds()
            raise PressedOften(max(round(left), 1))
        row.failures += 1
        row.save(update_fields=["counted_at", "expires_at", "failures"])
