"""django-q2 tasks: fetch rows, call the domain."""

import datetime

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from django_q.tasks import async_task

from accounts import sign_in_throttle
from gateways import catalogue, fault_notices, quotes
from generation import labelled_files, samples, uploads
from generation.models import Callback, Lease, UnmatchedKey
from notifications import notices

CALLBACK_RETENTION = datetime.timedelta(days=30)


def nudge() -> None:
    """Start the pump, unless a leader, who finds the row, is at work."""
    if not Lease.objects.filter(name="pump", until__gt=timezone.now()).exists():
        function, _minutes = settings.SCHEDULES["pump"]
        async_task(function)


def refresh_accounts() -> None:
    catalogue.refresh()
    samples.fetch_missing()


def tidy() -> None:
    old = timezone.now() - CALLBACK_RETENTION
    Callback.objects.filter(received_at__lt=old).delete()
    UnmatchedKey.objects.filter(seen_at__lt=old, is_booked=False).delete()
    uploads.tidy()
    labelled_files.tidy()
    fault_notices.tidy()
    sign_in_throttle.tidy()
    SessionStore.clear_expired()
    quotes.tidy()
    notices.tidy()
