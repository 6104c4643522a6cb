"""Every exit of the archive hands out a rendition; none is added that forgets it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from generation import archive
from tests import factories
from tests.test_architecture import ROOT, modules
from tests.test_tenancy import walk
from tests.whole_team import WholeTeam

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


# --- Walked


def sent_by(client: Client, theirs: WholeTeam) -> Iterator[tuple[str, bytes]]:
    """Name and content of each answer of the portal."""
    for name, _method, answer in walk(client, theirs, "GET", "POST"):
        whole = answer.streaming_content if answer.streaming else [answer.content]
        yield name, b"".join(whole)
    picture = reverse("generation:picture", args=[theirs.artwork.pk])
    for query in ("?download=1", "?corner=top", "?waited=15"):
        yield "generation:picture", b"".join(client.get(f"{picture}{query}"))
    keys = f"{theirs.artwork.pk},{theirs.other_artwork.pk}"
    zipped = client.post(reverse("gallery:download"), {"pictures": keys})
    yield "gallery:download", b"".join(zipped)


@pytest.mark.slow
@pytest.mark.django_db
def test_no_exit_hands_out_an_original(alice: User, otto: User, signed_in: Any) -> None:
    """To nobody by any address; a moderator's reveal alone shows one. Zips store
    pictures as they are, so that their bytes would be found."""
    theirs = WholeTeam(alice, factories.mona())
    rows = [theirs.artwork, theirs.other_artwork]
    originals = []
    for row in rows:
        with archive.open_rendition(row.sha256, "original") as file:
            originals.append(file.read())
    labelled = set()
    for person in (alice, otto):
        for name, content in sent_by(signed_in(person), theirs):
            found = [original in content for original in originals]
            assert name == "moderation:picture" or not any(found), name
            if b"TC260:AIGC" in content:
                labelled.add(name)
    assert labelled == {"generation:picture", "gallery:download"}
