"""Verifies every invariant of generations, provider tasks and transfers."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from generation import books


class Command(BaseCommand):
    help = "Print each broken invariant with its row; exit 1 if there is any."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for sentence in books.broken():
            found += 1
            self.stdout.write(sentence)
        if found:
            self.stderr.write(f"{found} broken")
            sys.exit(1)
        self.stdout.write("The books balance.")
