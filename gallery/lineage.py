"""What a picture came from, and what came of it.

Nodes are generations, edges their `Origin` rows. A parent is older than its offspring,
so there is no cycle; the root is the oldest ancestor.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import connection

from accounts.models import User
from generation.models import Artwork, Generation, Origin

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
    """A generation, with those of its pictures that the person may see. Without any it
    is an unnamed place between others that are seen."""

    generation: int
    artworks: list[Artwork] = field(default_factory=list)
    parents: list[Origin] = field(default_factory=list)
    children: list[int] = field(default_factory=list)


def _keys(query: str, generation: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(query, [generation, MOST_NODES])
        return [pk for (pk,) in cursor.fetchall()]


def root_of(generation: int) -> int:
    return min([generation, *_keys(_ANCESTORS, generation)])


def nodes(artwork: Artwork, viewer: User) -> tuple[int, dict[int, Node]]:
    """Root, and by their keys the nodes that the viewer may know of."""
    own = artwork.generation_id
    ancestors = _keys(_ANCESTORS, own)
    root = min([own, *ancestors])
    keys = [own, *ancestors, *_keys(_OFFSPRING, own), root, *_keys(_OFFSPRING, root)]
    found = {key: Node(key) for key in list(dict.fromkeys(keys))[:MOST_NODES]}
    for edge in Origin.objects.filter(generation__in=found).order_by("parent", "pk"):
        if edge.parent_id in found:
            found[edge.generation_id].parents.append(edge)
            found[edge.parent_id].children.append(edge.generation_id)
    seen = Artwork.objects.visible_to(viewer).in_team(artwork.team)
    seen = seen.filter(generation__in=found).order_by("pk")
    for each in seen.select_related("task", "requested_by", "generation"):
        found[each.generation_id].artworks.append(each)
    return root, _known(found)


def _known(found: dict[int, Node]) -> dict[int, Node]:
    """Without nodes that nothing visible came of: their existence is not told."""
    known: set[int] = set()
    waiting = [key for key, node in found.items() if node.artworks]
    while waiting:
        key = waiting.pop()
        if key not in known:
            known.add(key)
            waiting += [edge.parent_id for edge in found[key].parents]
    for node in found.values():
        node.children = sorted({key for key in node.children if key in known})
    return {key: node for key, node in found.items() if key in known}


def in_order(found: dict[int, Node]) -> Iterator[tuple[int, Node]]:
    """Depth and node, each once, below its oldest parent."""
    below: defaultdict[int, list[int]] = defaultdict(list)
    for key, node in found.items():
        if node.parents:
            below[min(edge.parent_id for edge in node.parents)].append(key)
    waiting = [(0, key) for key in sorted(_tops(found), reverse=True)]
    while waiting:
        depth, key = waiting.pop()
        yield depth, found[key]
        waiting += [(depth + 1, each) for each in sorted(below[key], reverse=True)]


def _tops(found: dict[int, Node]) -> Iterable[int]:
    return (key for key, node in found.items() if not node.parents)


def generations_of(found: Iterable[Node]) -> dict[int, Generation]:
    return {n.generation: n.artworks[0].generation for n in found if n.artworks}
