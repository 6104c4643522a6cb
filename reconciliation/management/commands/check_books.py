import itertools
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from generation.models import Artwork, Generation, ProviderTask
from reconciliation import invariants
from reconciliation.invariants import origins
from spend.models import Transfer

COUNTED = {
    "generations": Generation,
    "provider tasks": ProviderTask,
    "artworks": Artwork,
    "transfers": Transfer,
}


class Command(BaseCommand):
    help = "Print each broken invariant with its row; exit 1 if there is any."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--files",
            action="store_true",
            help="look also whether every stored picture has its file",
        )

    def handle(self, *args: Any, files: bool = False, **options: Any) -> None:
        found = 0
        of_files = origins.missing_files() if files else ()
        for sentence in itertools.chain(invariants.broken(), of_files):
            found += 1
            self.stdout.write(sentence)
        if found:
            self.stderr.write(f"{found} broken")
            sys.exit(1)
        counts = [
            f"{model._default_manager.count()} {name}"
            for name, model in COUNTED.items()
        ]
        self.stdout.write(f"The books balance: {', '.join(counts)}.")
