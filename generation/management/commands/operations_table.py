"""The matrix of docs/operations.md: operation × step → test."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from generation.operations import OPERATIONS
from generation.operations.base import Operation

DOCUMENT = settings.BASE_DIR / "docs" / "operations.md"
BEGIN, END = "<!-- operations: begin -->", "<!-- operations: end -->"
#: For steps that a declaration excludes.
ABSENT = "– "


@dataclass(frozen=True, slots=True)
class Step:
    """``test``: in tests/generation/operations/test_every_operation.py. ``missing``:
    the replacing test for an operation, or an empty text."""

    test: str
    missing: Callable[[Operation], str] = lambda operation: ""

    def cell(self, operation: Operation) -> str:
        missing = self.missing(operation)
        return f"{ABSENT}{missing}" if missing else self.test


def _no_callback(operation: Operation) -> str:
    return "" if operation.is_called_back else "test_no_address_to_call_goes_out"


def _no_picture(operation: Operation) -> str:
    return "test_it_makes_no_picture" if operation.trains_avatar else ""


def _no_audit(operation: Operation) -> str:
    unaudited = "" if operation.is_audited else "test_without_an_audit_a_person_looks"
    return _no_picture(operation) or unaudited


def _no_cancel(operation: Operation) -> str:
    return "" if operation.can_cancel else "test_it_cannot_be_cancelled_there"


WHOLE_WAY = "test_it_is_sent_polled_and_archived"
STEPS = {
    "form": Step("test_its_form_stands_on_the_page"),
    "validation": Step("test_an_empty_form_is_not_sent"),
    "quote": Step("test_its_price_is_told_before"),
    "submit": Step(WHOLE_WAY),
    "poll": Step(WHOLE_WAY),
    "callback": Step("test_it_is_called_back", _no_callback),
    "archive": Step(WHOLE_WAY, _no_picture),
    "audit": Step("test_its_audit_decides", _no_audit),
    "cancel": Step("test_it_is_cancelled_while_it_waits", _no_cancel),
    "in the sandbox": Step(WHOLE_WAY),
}


def table() -> str:
    lines = [f"| operation | {' | '.join(STEPS)} |", f"| --- {'| --- ' * len(STEPS)}|"]
    for slug, operation in OPERATIONS.items():
        cells = " | ".join(step.cell(operation) for step in STEPS.values())
        lines.append(f"| `{slug}` | {cells} |")
    return "\n".join(lines)


class Command(BaseCommand):
    help = (
        "Print the matrix of the operations; --write puts it into docs/operations.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true")

    def handle(self, *args: Any, write: bool, **options: Any) -> None:
        if not write:
            self.stdout.write(table())
            return
        text = DOCUMENT.read_text(encoding="utf-8")
        before, _begin, rest = text.partition(BEGIN)
        _old, _end, after = rest.partition(END)
        new = f"{before}{BEGIN}\n{table()}\n{END}{after}"
        DOCUMENT.write_text(new, encoding="utf-8")
