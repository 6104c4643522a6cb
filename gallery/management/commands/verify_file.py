"""What a file's labels amount to, as JSON; the file is not stored."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gallery import verifying
from labels.findings import MOST_BYTES, NotChecked


class Command(BaseCommand):
    help = "Print the findings of /verify/ about a file, as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            with file.open("rb") as opened:
                content = opened.read(MOST_BYTES + 1)
            found = verifying.verify(content, asker=None)
        except OSError as error:
            raise CommandError(str(error)) from error
        except NotChecked as error:
            raise CommandError(f"{file}: {error.code}") from error
        text = json.dumps(verifying.as_json(found), ensure_ascii=False, indent=2)
        self.stdout.write(text)
