"""What a zip tells of its pictures: ``manifest.csv`` and ``manifest.json``.

A row is a plain dictionary. Of whom a picture was judged by, and why, nothing is told.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from generation import renditions
from generation.models import Artwork
from moderation.models import Decision
from spend import csv_export

Row = dict[str, Any]
COLUMNS = (
    *("file", "picture", "sha256", "created", "created_by", "operation", "model"),
    *("prompt", "parameters", "width", "height", "cost", "unit"),
    *("decision", "decided_at", "decided_by_rule"),
    *("ai_generated", "label"),
)
#: What a rendition tells of its label.
LABEL = ("produce_id", "is_explicit", "upstream", "had_c2pa")


def releases(artworks: Sequence[Artwork]) -> dict[int, Decision]:
    """The last release of each."""
    rows = Decision.objects.filter(artwork__in=artworks, action=Decision.Action.RELEASE)
    return {row.artwork_id: row for row in rows.order_by("pk")}


def row(
    name: str,
    artwork: Artwork,
    rendition: renditions.Rendition,
    release: Decision | None,
) -> Row:
    """``cost``: of the provider task, which several pictures may share."""
    generation, task = artwork.generation, artwork.task
    return {
        "file": name,
        "picture": artwork.pk,
        "sha256": rendition.sha256,
        "created": artwork.created_at.isoformat(timespec="seconds"),
        "created_by": artwork.requested_by.username,
        "operation": generation.operation,
        "model": generation.model,
        "prompt": generation.prompt,
        "parameters": generation.parameters,
        "width": artwork.width,
        "height": artwork.height,
        "cost": task.cost if task.is_booked else None,
        "unit": generation.unit,
        "decision": artwork.moderation,
        "decided_at": release.decided_at.isoformat(timespec="seconds")
        if release
        else "",
        "decided_by_rule": release is not None and release.decided_by_id is None,
        "ai_generated": True,
        "label": {name: getattr(rendition, name) for name in LABEL},
    }


def as_csv(rows: Iterable[Row]) -> Iterator[bytes]:
    """As spreadsheets of Chinese Windows read it."""
    told = (tuple(_cell(each[name]) for name in COLUMNS) for each in rows)
    for line in csv_export.lines(_after(COLUMNS, told)):
        yield line.encode()


def as_json(rows: Iterable[Row]) -> Iterator[bytes]:
    yield b'{"pictures": ['
    before = "\n"
    for each in rows:
        yield f"{before}{json.dumps(each, ensure_ascii=False)}".encode()
        before = ",\n"
    yield b"\n]}\n"


def _after(
    first: Sequence[object], rest: Iterable[Sequence[object]]
) -> Iterator[Sequence[object]]:
    yield first
    yield from rest


def _cell(value: Any) -> object:
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else value
