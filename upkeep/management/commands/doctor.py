"""The checklist of the first days on the terminal."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from upkeep import first_days
from upkeep.presenters.first_days import lines


class Command(BaseCommand):
    help = "List what this installation still needs; exit 1 while something is missing."

    def handle(self, *args: Any, **options: Any) -> None:
        found = lines(first_days.steps())
        for line in found:
            mark = "x" if line.is_done else " "
            note = f" - {line.note}" if line.note else ""
            self.stdout.write(f"[{mark}] {line.title}{note}")
        if missing := sum(not line.is_done for line in found):
            self.stdout.write(f"{missing} of {len(found)} are missing.")
            sys.exit(1)
        self.stdout.write("Nothing is missing.")
