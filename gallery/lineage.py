"""What a picture came from, and what came of it.

Nodes are generations, edges their `Origin` rows. A parent is older than its offspring,
so there is no cycle; the root is the oldest ancestor.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import connection

from accounts.models import User
from generation.models import Artwork, Origin

#: Of one lineage. Ancestors come first, then offspring, then the rest.
MOST_NODES = 200

_ANCESTORS = """
WITH RECURSIVE found(id) AS (
    SELECT parent_id FROM generation_origin WHERE generation_id = %s
    UNION
    SELECT o.parent_id FROM generation_origin o JOIN found ON o.generation_id = found.id
)
SELECT id FROM found LIMIT %s
"""
_OFFSPRING = """
WITH RECURSIVE found(id) AS (
    SELECT generation_id FROM generation_origin WHERE parent_id = %s
    UNION
    SELECT o.generation_id FROM generation_origin o JOIN found ON o.parent_id = found.id
)
SELECT id FROM found LIMIT %s
"""


@dataclass(slots=True)
class Node:
    """A generation with those of its pictures that the person may see, one at least.
    ``parents``: the nearest such generations that it was made from."""

    generation: int
    artworks: list[Artwork]
    parents: set[int] = field(default_factory=set)
    #: Of the given pictures, those that the person may see.
    given: list[int] = field(default_factory=list)


def _keys(query: str, generation: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(query, [generation, MOST_NODES])
        return [pk for (pk,) in cursor.fetchall()]


def root_of(generation: int) -> int:
    return min([generation, *_keys(_ANCESTORS, generation)])


def nodes(artwork: Artwork, viewer: User) -> dict[int, Node]:
    """What the viewer may know of, in no order, by its key.

    A generation without a visible picture is left out, and so is what is related to
    the picture by such generations alone.
    """
    own = artwork.generation_id
    ancestors = _keys(_ANCESTORS, own)
    root = min([own, *ancestors])
    keys = [own, *ancestors, *_keys(_OFFSPRING, own), root, *_keys(_OFFSPRING, root)]
    keys = list(dict.fromkeys(keys))[:MOST_NODES]
    seen = Artwork.objects.visible_to(viewer).in_team(artwork.team)
    rows = seen.filter(generation__in=keys).order_by("pk")
    found: dict[int, Node] = {}
    for each in rows.select_related("task", "requested_by", "generation"):
        node = found.setdefault(each.generation_id, Node(each.generation_id, []))
        node.artworks.append(each)
    _connect(found, Origin.objects.filter(generation__in=keys, parent__in=keys))
    return _related(found, own)


def _connect(found: dict[int, Node], edges: Iterable[Origin]) -> None:
    """Over generations that are left out to the nearest ancestors that are not."""
    above: defaultdict[int, set[int]] = defaultdict(set)
    shown = {artwork.pk for node in found.values() for artwork in node.artworks}
    for edge in edges:
        above[edge.generation_id].add(edge.parent_id)
        if edge.artwork_id in shown and edge.generation_id in found:
            found[edge.generation_id].given.append(edge.artwork_id)
    for key, node in found.items():
        waiting, passed = list(above[key]), set()
        while waiting:
            parent = waiting.pop()
            if parent in found:
                node.parents.add(parent)
            elif parent not in passed:
                passed.add(parent)
                waiting += above[parent]


def _related(found: dict[int, Node], own: int) -> dict[int, Node]:
    beside: defaultdict[int, set[int]] = defaultdict(set)
    for key, node in found.items():
        for parent in node.parents:
            beside[key].add(parent)
            beside[parent].add(key)
    known: set[int] = set()
    waiting = [own]
    while waiting:
        key = waiting.pop()
        if key not in known:
            known.add(key)
            waiting += beside[key]
    return {key: node for key, node in found.items() if key in known}


def in_order(found: dict[int, Node]) -> Iterator[tuple[int, Node]]:
    """Depth and node, each once, below its oldest parent."""
    below: defaultdict[int | None, list[int]] = defaultdict(list)
    for key in sorted(found, reverse=True):
        below[min(found[key].parents, default=None)].append(key)
    waiting = [(0, key) for key in below[None]]
    while waiting:
        depth, key = waiting.pop()
        yield depth, found[key]
        waiting += [(depth + 1, each) for each in below[key]]
