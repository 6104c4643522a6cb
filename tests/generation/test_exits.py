"""Every exit of the archive hands out a rendition; none is added that forgets it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.test_architecture import ROOT, modules

#: Who reads archived originals, and why.
READERS = {
    "generation/renditions.py": "the one way out",
    "generation/labelled_files.py": "draws the label for it",
    "generation/forms.py": "a gateway's input",
    "generation/views/reference.py": "a gateway's input",
    "generation/presenters/file_responses.py": "a moderator's reveal",
}
#: Who sends a moderator's reveal.
REVEALS = {"moderation/views/review.py"}
#: Who reads the storage itself: never by the name of an original.
STORAGE = {
    "generation/archive.py",
    "generation/labelled_files.py",
    "generation/samples.py",
    "generation/uploads.py",
    "reconciliation/invariants/origins.py",
    "upkeep/backups.py",
}


def named(path: Path) -> Iterator[tuple[str, str]]:
    """What a module names: strings, attributes and imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield "text", node.value
        elif isinstance(node, ast.Attribute):
            yield "name", node.attr
        elif isinstance(node, ast.ImportFrom | ast.Import):
            for alias in node.names:
                yield "name", alias.name


@cache
def names() -> dict[str, frozenset[tuple[str, str]]]:
    return {str(path.relative_to(ROOT)): frozenset(named(path)) for path in modules()}


def naming(*wanted: tuple[str, str]) -> set[str]:
    return {path for path, found in names().items() if not found.isdisjoint(wanted)}


def test_originals_are_read_in_few_places() -> None:
    assert naming(("name", "open_rendition")) == set(READERS)


def test_a_reveal_is_sent_by_review_alone() -> None:
    assert naming(("name", "revealed_response")) == REVEALS


def test_nobody_else_reads_the_storage() -> None:
    assert naming(("name", "default_storage")) == STORAGE
