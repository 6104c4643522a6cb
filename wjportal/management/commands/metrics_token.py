"""Prints the token with which a collector reads ``/metrics``."""

from typing import Any

from django.core.management.base import BaseCommand

from wjportal.health import metrics_token


class Command(BaseCommand):
    help = "Print the token of /metrics, for a collector's Authorization: Bearer."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(metrics_token())
