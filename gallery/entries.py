"""Follows artworks: each released one has an entry, in the same transaction."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.dispatch import receiver

from gallery import facets
from gallery.models import (
    BoardItem,
    Entry,
    Favourite,
    Note,
    Rating,
    TagItem,
    UsedModel,
)
from generation.models import Artwork
from generation.models.signals import artworks_changed
from generation.models.tokens import BREAK, words
from generation.search.index import SearchIndex
from spend.models import ModelName

INDEX = SearchIndex("gallery_index", "gallery_entry", "artwork_id")
WRITTEN = ("team", "cost", "rating", "words", "facets")


@receiver(artworks_changed)
def _follow(keys: Sequence[int], **_: Any) -> None:
    refresh(keys)


@transaction.atomic
def refresh(keys: Iterable[int]) -> None:
    """Write or remove the entries of these artworks. Call in the transaction of a
    change, after it: also of marks, boards, tags and notes."""
    asked = set(keys)
    # Whoever changes the same picture waits here, and then reads both changes.
    rows = Artwork.objects.filter(pk__in=asked).order_by("pk")
    rows = rows.select_for_update(of=("self",), no_key=True)
    shown = [
        row
        for row in rows.select_related("generation", "task")
        if row.moderation == Artwork.Moderation.RELEASED and not row.binned_at
    ]
    Entry.objects.filter(pk__in=asked - {row.pk for row in shown}).delete()
    if not shown:
        return
    Entry.objects.bulk_create(
        _entries(shown),
        update_conflicts=True,
        unique_fields=["artwork"],
        update_fields=WRITTEN,
    )
    used = {(r.team_id, r.generation.provider, r.generation.model) for r in shown}
    UsedModel.objects.bulk_create(
        (UsedModel(team_id=t, provider=p, model=m) for t, p, m in sorted(used)),
        ignore_conflicts=True,
    )


def _entries(artworks: Sequence[Artwork]) -> list[Entry]:
    keys = [row.pk for row in artworks]
    marks = _marks(keys)
    ratings = dict(Rating.objects.filter(pk__in=keys).values_list("pk", "value"))
    notes = _by_artwork(Note, keys, "text", removed_at=None)
    codes = {row.generation.model for row in artworks}
    named = ModelName.objects.filter(code__in=codes)
    names = {
        (gateway, code): name
        for gateway, code, name in named.values_list("gateway", "code", "name")
    }
    found = []
    for row in artworks:
        made = row.generation
        stars = ratings.get(row.pk, 0)
        texts = [
            str(made.parameters.get("negative_prompt", "")),
            names.get((made.provider, made.model), made.model),
            file_name(row),
            *notes[row.pk],
        ]
        own = [*facets.of_artwork(row), facets.rating(stars), *marks[row.pk]]
        found.append(
            Entry(
                artwork=row,
                team_id=row.team_id,
                cost=row.task.cost or 0,
                rating=stars,
                words=f" {BREAK} ".join(filter(None, [made.words, words(*texts)])),
                facets=facets.joined(own),
            )
        )
    return found


def _marks(keys: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for model, column, facet in (
        (BoardItem, "board", facets.board),
        (TagItem, "tag", facets.tag),
        (Favourite, "user", facets.favourite),
    ):
        for artwork, values in _by_artwork(model, keys, column).items():
            found[artwork] += [facet(value) for value in values]
    return found


def _by_artwork(
    model: type[Model], keys: Sequence[int], column: str, **where: Any
) -> dict[int, list[Any]]:
    rows = model._default_manager.filter(artwork__in=keys, **where).order_by("pk")
    found: dict[int, list[Any]] = defaultdict(list)
    for artwork, value in rows.values_list("artwork", column):
        found[artwork].append(value)
    return found


def file_name(artwork: Artwork) -> str:
    """As it is downloaded."""
    extension = artwork.content_type.removeprefix("image/")
    return f"wjportal-{artwork.pk}.{extension}"
