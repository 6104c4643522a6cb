"""Computes missing perceptual hashes."""

from typing import Any

from django.core.management.base import BaseCommand

from moderation import similar_decisions

CHUNK = 200


class Command(BaseCommand):
    help = "Compute missing perceptual hashes, and index the decided pictures."

    def handle(self, *args: Any, **options: Any) -> None:
        last: int | None = 0
        while last is not None:
            last = similar_decisions.catch_up(last, CHUNK)
        self.stdout.write("Every stored picture has been looked at.")
