"""Check a backup by itself: nothing of the portal is touched."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from upkeep import backups


class Command(BaseCommand):
    help = "Check the newest backup of a folder; exit 1 and name what is damaged."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("dest", type=Path, help="the folder of all backups")
        parser.add_argument(
            "--content", action="store_true", help="read every original, not its size"
        )

    def handle(self, *args: Any, dest: Path, content: bool, **options: Any) -> None:
        try:
            folder = backups.newest(dest)
            found = list(backups.problems(folder, content=content))
        except (ValueError, OSError) as error:
            raise CommandError(str(error)) from error
        for problem in found:
            self.stdout.write(problem)
        if found:
            sys.exit(1)
        manifest = backups.read(folder)
        self.stdout.write(f"{folder}: whole, {manifest.files} files.")
