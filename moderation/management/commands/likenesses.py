"""Finds how pictures look that were stored before the portal kept that."""

from typing import Any

from django.core.management.base import BaseCommand

from moderation import similar_decisions

CHUNK = 200


class Command(BaseCommand):
    help = "Keep the likeness of pictures that have none, and what was decided of them."

    def handle(self, *args: Any, **options: Any) -> None:
        last: int | None = 0
        while last is not None:
            last = similar_decisions.catch_up(last, CHUNK)
        self.stdout.write("Every stored picture has been looked at.")
