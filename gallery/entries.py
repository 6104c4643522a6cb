"""Follows artworks: each released one has an entry, in the same transaction."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Model, Value
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


@transaction.atomic(savepoint=False)
def refresh(keys: Iterable[int], *, is_words_too: bool = True) -> None:
    """Write or remove the entries of these artworks. Call in the transaction of a
    change, after it: also of marks, boards, tags and notes. ``is_words_too``: False
    where only marks, boards and tags changed: no prompt or note is folded again."""
    asked = set(keys)
    # Whoever changes the same picture waits here, and then reads both changes.
    rows = Artwork.objects.filter(pk__in=asked).order_by("pk")
    rows = rows.select_for_update(of=("self",), no_key=True)
    shown = [
        row
        for row in rows.select_related("generation__cell", "task")
        if row.moderation == Artwork.Moderation.RELEASED and not row.binned_at
    ]
    if hidden := asked - {row.pk for row in shown}:
        Entry.objects.filter(pk__in=hidden).delete()
    if not shown:
        return
    kept = {} if is_words_too else _kept_words(shown)
    Entry.objects.bulk_create(
        _entries(shown, kept),
        update_conflicts=True,
        unique_fields=["artwork"],
        update_fields=WRITTEN,
    )
    _note_models(shown)


def _note_models(artworks: Sequence[Artwork]) -> None:
    made = [(row.team_id, row.generation) for row in artworks]
    used = {(team, each.provider, each.model) for team, each in made}
    known = UsedModel.objects.filter(team__in={team for team, _ in made})
    fresh = used - set(known.values_list("team", "provider", "model"))
    if fresh:
        UsedModel.objects.bulk_create(
            (UsedModel(team_id=t, provider=p, model=m) for t, p, m in sorted(fresh)),
            ignore_conflicts=True,
        )


def _kept_words(artworks: Sequence[Artwork]) -> dict[int, str]:
    rows = Entry.objects.filter(pk__in=[row.pk for row in artworks])
    return dict(rows.values_list("pk", "words"))


def _entries(artworks: Sequence[Artwork], kept: Mapping[int, str]) -> list[Entry]:
    """``kept``: words that are as they were."""
    keys = [row.pk for row in artworks]
    marks, stars_of = _marks(keys)
    texts = _words([row for row in artworks if row.pk not in kept])
    found = []
    for row in artworks:
        stars = stars_of.get(row.pk, 0)
        own = [*facets.of_artwork(row), facets.rating(stars), *marks[row.pk]]
        found.append(
            Entry(
                artwork=row,
                team_id=row.team_id,
                cost=row.task.cost or 0,
                rating=stars,
                words=kept[row.pk] if row.pk in kept else texts[row.pk],
                facets=facets.joined(own),
            )
        )
    return found


def _words(artworks: Sequence[Artwork]) -> dict[int, str]:
    if not artworks:
        return {}
    notes = _notes([row.pk for row in artworks])
    codes = {row.generation.model for row in artworks}
    named = ModelName.objects.filter(code__in=codes)
    names = {
        (gateway, code): name
        for gateway, code, name in named.values_list("gateway", "code", "name")
    }
    found = {}
    for row in artworks:
        made = row.generation
        texts = [
            str(made.parameters.get("negative_prompt", "")),
            names.get((made.provider, made.model), made.model),
            file_name(row),
            *notes[row.pk],
        ]
        found[row.pk] = f" {BREAK} ".join(filter(None, [made.words, words(*texts)]))
    return found


#: Kind of a mark → its table, its column, and the facet of a value.
_MARKS: dict[str, tuple[type[Model], str, Callable[[int], str]]] = {
    "board": (BoardItem, "board", facets.board),
    "tag": (TagItem, "tag", facets.tag),
    "favourite": (Favourite, "user", facets.favourite),
    "rating": (Rating, "value", facets.rating),
}


def _marks(keys: Sequence[int]) -> tuple[dict[int, list[str]], dict[int, int]]:
    """Facets of boards, tags and favourites, and ratings; one query."""
    parts = [
        model._default_manager.filter(artwork__in=keys)
        .annotate(kind=Value(kind))
        .values_list("artwork", "kind", column)
        for kind, (model, column, _facet) in _MARKS.items()
    ]
    found: dict[int, list[str]] = defaultdict(list)
    stars: dict[int, int] = {}
    for artwork, kind, value in parts[0].union(*parts[1:], all=True):
        if kind == "rating":
            stars[artwork] = value
        else:
            found[artwork].append(_MARKS[kind][2](value))
    return found, stars


def _notes(keys: Sequence[int]) -> dict[int, list[str]]:
    rows = Note.objects.filter(artwork__in=keys, removed_at=None).order_by("pk")
    found: dict[int, list[str]] = defaultdict(list)
    for artwork, text in rows.values_list("artwork", "text"):
        found[artwork].append(text)
    return found


def file_name(artwork: Artwork) -> str:
    """As it is downloaded."""
    extension = artwork.content_type.removeprefix("image/")
    return f"wjportal-{artwork.pk}.{extension}"
