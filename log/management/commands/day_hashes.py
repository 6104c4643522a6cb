"""Exports the last hash of each team's log on one day.

Keep the export where no administrator can change it, for ``verify_log --against``.
"""

import datetime
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from log import verification


class Command(BaseCommand):
    help = "Print, in JSON, the last hash of each team's log on a day (yesterday)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--day", type=datetime.date.fromisoformat)

    def handle(self, *args: Any, **options: Any) -> None:
        yesterday = timezone.localdate() - datetime.timedelta(days=1)
        hashes = verification.day_hashes(options["day"] or yesterday)
        self.stdout.write(json.dumps(hashes, indent=2, ensure_ascii=False))
