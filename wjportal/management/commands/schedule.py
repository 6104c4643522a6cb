"""Writes ``settings.SCHEDULES`` to the table of django-q2."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django_q.models import Schedule


class Command(BaseCommand):
    help = "Write the periodic tasks named in the settings; safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        for name, (function, minutes) in settings.SCHEDULES.items():
            Schedule.objects.update_or_create(
                name=name,
                defaults={
                    "func": function,
                    "schedule_type": Schedule.MINUTES,
                    "minutes": minutes,
                    "repeats": -1,
                },
            )
        Schedule.objects.exclude(name__in=settings.SCHEDULES).delete()
