"""Verifies the log's hash chains."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from log import verification


class Command(BaseCommand):
    help = "Verify the log of each team; exit 1 and name the first row that is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--against",
            type=Path,
            metavar="FILE",
            help="also compare with hashes that day_hashes exported",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        checked, broken = 0, list[str]()
        for team in verification.teams():
            number, found = verification.verify(team)
            checked += number
            broken += [str(found)] if found else []
        if path := options["against"]:
            exported = json.loads(path.read_text(encoding="utf-8"))
            broken += map(str, verification.verify_days(exported))
        for name in verification.missing_triggers():
            broken.append(f"the database no longer guards the log: {name}")
        for sentence in broken:
            self.stdout.write(sentence)
        if broken:
            sys.exit(1)
        self.stdout.write(f"The log holds: {checked} entries.")
