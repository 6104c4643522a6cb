"""Verifies the log: chains, their ends, the rows that it names, the triggers."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from log import append_only, heads, logged_rows, verification


class Command(BaseCommand):
    help = "Verify the log of each team; exit 1 and name the first row that is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--against",
            type=Path,
            metavar="FILE",
            help="also compare with hashes that day_hashes exported",
        )
        parser.add_argument(
            "--accept-ends",
            action="store_true",
            help="sign the chains' ends anew: after a changed secret key or a restored"
            " backup",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["accept_ends"]:
            heads.accept()
        checked, broken = 0, list[str]()
        for team in verification.teams():
            number, found = verification.verify(team)
            checked += number
            broken += [str(found)] if found else []
        if path := options["against"]:
            exported = json.loads(path.read_text(encoding="utf-8"))
            broken += map(str, verification.verify_days(exported))
        try:
            broken += map(str, verification.verify_kept())
        except ValueError as error:
            broken.append(f"{heads.path()} cannot be read: {error}")
        broken += [*logged_rows.broken(), *append_only.broken()]
        for sentence in broken:
            self.stdout.write(sentence)
        if broken:
            sys.exit(1)
        self.stdout.write(f"The log holds: {checked} entries.")
