"""Back up the running portal into a folder."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat

from log import changes
from upkeep import backups
from upkeep.database_copy import NotCopied


class Command(BaseCommand):
    help = "Copy database and pictures into a folder while the portal runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("dest", type=Path, help="the folder of all backups")

    def handle(self, *args: Any, dest: Path, **options: Any) -> None:
        try:
            with changes.command_line():
                made = backups.make(dest)
        except (NotCopied, OSError) as error:
            raise CommandError(str(error)) from error
        found = made.manifest
        self.stdout.write(
            f"{made.folder}: database {filesizeformat(found.database_bytes)},"
            f" {found.files} files ({filesizeformat(found.file_bytes)}),"
            f" {made.copied} of them new.\n"
            f"Keep the secret key apart from it (fingerprint {found.key})."
        )
