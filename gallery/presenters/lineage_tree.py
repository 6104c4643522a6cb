"""A lineage in words and numbers, for its part of the picture's page."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from accounts.access import MemberRequest
from accounts.models import User
from gallery import lineage
from gallery.models import Final
from gallery.presenters.comparison import address
from generation import uploads
from generation.models import Artwork, Generation, Upload
from generation.templatetags.generation import operation_title
from spend.templatetags.formats import amount

#: Of one node; more are counted.
MOST_PICTURES = 4
#: Steps that are indented.
DEEPEST = 8


@dataclass(slots=True)
class Place:
    """``given``: keys of the pictures that it was made from. ``compared``: query of the
    page that compares the picture with the first of them or of these."""

    depth: int
    generation: Generation
    artworks: list[Artwork]
    title: str
    cost: str
    given: list[int]
    is_repeat: bool
    is_here: bool
    compared: str
    more: int = 0
    uploads: list[Upload] = field(default_factory=list)


def of_artwork(request: MemberRequest, artwork: Artwork) -> dict[str, Any]:
    """Context of ``gallery/_lineage.html``."""
    found = lineage.nodes(artwork, request.user)
    places = [_place(*each, artwork) for each in lineage.in_order(found)]
    _put_uploads(places, request.user)
    final = Final.objects.filter(root=lineage.root_of(artwork.generation_id)).first()
    shown = {each.pk for node in found.values() for each in node.artworks}
    return {
        "artwork": artwork,
        "places": places,
        "sums": _sums(found.values()),
        "final": final.artwork_id if final and final.artwork_id in shown else None,
        "is_cut": len(found) >= lineage.MOST_NODES,
        "is_sorted_here": artwork.team_id == request.membership.team_id,
    }


def _place(depth: int, node: lineage.Node, artwork: Artwork) -> Place:
    generation = node.artworks[0].generation
    is_here = generation.pk == artwork.generation_id
    costs = _costs(node)
    # The picture itself comes first.
    artworks = sorted(node.artworks, key=lambda each: (each != artwork, each.pk))
    return Place(
        depth=min(depth, DEEPEST),
        generation=generation,
        artworks=artworks[:MOST_PICTURES],
        title=operation_title(generation.operation),
        cost=amount(sum(costs), generation.unit) if costs else "",
        given=sorted(node.given),
        is_repeat=bool(node.parents) and not node.given,
        is_here=is_here,
        compared=_compared(artwork, artworks, is_here=is_here),
        more=len(artworks[MOST_PICTURES:]),
    )


def _compared(artwork: Artwork, artworks: list[Artwork], *, is_here: bool) -> str:
    keys = [artworks[0].pk, artwork.pk]
    return "" if is_here else address(None, keys)


def _costs(node: lineage.Node) -> list[int]:
    """Of each booked key with a picture that the person may see."""
    tasks = {each.task_id: each.task for each in node.artworks}
    return [t.cost for t in tasks.values() if t.is_booked and t.cost is not None]


def _sums(found: Iterable[lineage.Node]) -> list[str]:
    """One of each unit."""
    sums: dict[str, int] = {}
    for node in found:
        unit = node.artworks[0].generation.unit
        sums[unit] = sums.get(unit, 0) + sum(_costs(node))
    return [amount(total, unit) for unit, total in sums.items() if total]


def _put_uploads(places: list[Place], viewer: User) -> None:
    """The viewer's own files, as long as they are kept."""
    own = [p for p in places if p.generation.requested_by_id == viewer.pk]
    named = {p.generation.pk: uploads.tokens(p.generation.parameters) for p in own}
    tokens = [token for each in named.values() for token in each]
    if not tokens:
        return
    rows = Upload.objects.visible_to(viewer).filter(token__in=tokens, made_of=None)
    found = {row.token: row for row in rows}
    for place in own:
        kept = named[place.generation.pk]
        place.uploads = [found[token] for token in kept if token in found]
