"""Restore a backup into an empty installation."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from upkeep import backups
from upkeep.database_copy import NotCopied


class Command(BaseCommand):
    help = "Restore the newest backup of a folder into an empty installation."
    # There are no tables before it.
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("dest", type=Path, help="the folder of all backups")

    def handle(self, *args: Any, dest: Path, **options: Any) -> None:
        try:
            folder = backups.newest(dest)
            manifest = backups.restore(folder)
        except (backups.NotRestored, NotCopied, ValueError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Restored {folder}: {manifest.files} files.\n"
            "Now run manage.py migrate, check_books --files and verify_log."
        )
