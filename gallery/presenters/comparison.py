"""Two to four pictures beside each other, and what differs between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import MemberRequest
from accounts.models import User
from gallery.presenters.word_difference import Piece, difference
from generation.models import Artwork
from generation.presenters import request_facts
from generation.templatetags.generation import operation_title
from net.request_values import number
from spend.templatetags.formats import amount

FEWEST, MOST = 2, 4
#: Of the pictures in the address, in their order.
PLACES = ("a", "b", "c", "d")
#: Mode → label, key. All but the first show two pictures: the first and the chosen one.
MODES: dict[str, tuple[str | Promise, str]] = {
    "side": (gettext_lazy("Side by side"), "s"),
    "slider": (gettext_lazy("Slider"), "l"),
    "switch": (gettext_lazy("Switch"), "h"),
    "difference": (gettext_lazy("Difference"), "d"),
}
#: The prompt and longer values are compared word by word.
LONG = 60


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    cells: list[list[Piece]]
    is_folded: bool


@dataclass(frozen=True, slots=True)
class Place:
    """``alone``: the address without this picture; empty where two would be too few."""

    number: int
    artwork: Artwork
    chosen: str
    alone: str


class Comparison:
    """Pictures that the person may not see are left out, whatever the reason."""

    def __init__(self, request: MemberRequest) -> None:
        named = (number(request.GET.get(place, "")) for place in PLACES)
        wanted = list(dict.fromkeys(key for key in named if key is not None))
        rows = Artwork.objects.visible_to(request.user).select_related(
            "task", "requested_by", "generation__account"
        )
        found = rows.in_bulk(wanted)
        self.request = request
        self.artworks = [found[key] for key in wanted if key in found]
        self.missing = len(wanted) - len(self.artworks)

    @property
    def is_enough(self) -> bool:
        return len(self.artworks) >= FEWEST

    def context(self) -> dict[str, Any]:
        sent = self.request.GET
        mode = sent["mode"] if sent.get("mode") in MODES else "side"
        at = min(number(sent.get("at", "")) or 1, len(self.artworks))
        rows = compared(self.artworks, self.request.user)
        keys = [row.pk for row in self.artworks]
        return {
            "places": list(self._places(keys)),
            "mode": mode,
            "at": at,
            "other": max(at, 2),
            "modes": [
                (name, label, key, address(sent, keys, mode=name))
                for name, (label, key) in MODES.items()
            ],
            "left": address(sent, _swapped(keys, at - 2), at=max(at - 1, 1)),
            "right": address(sent, _swapped(keys, at - 1), at=min(at + 1, len(keys))),
            "missing": self.missing,
            "different": [row for row in rows if not row.is_folded],
            "equal": [row for row in rows if row.is_folded],
        }

    def _places(self, keys: list[int]) -> "list[Place]":
        found = []
        for place, artwork in enumerate(self.artworks, start=1):
            rest = [key for key in keys if key != artwork.pk]
            alone = address(self.request.GET, rest, at=1) if len(rest) > 1 else ""
            chosen = address(self.request.GET, keys, at=place)
            found.append(Place(place, artwork, chosen, alone))
        return found


def address(sent: QueryDict | None, keys: Sequence[int], **changed: Any) -> str:
    """Query of the page with these pictures, in this order."""
    query = sent.copy() if sent else QueryDict(mutable=True)
    for place in PLACES:
        query.pop(place, None)
    for place, key in zip(PLACES, keys, strict=False):
        query[place] = str(key)
    for name, value in changed.items():
        query[name] = str(value)
    return f"?{query.urlencode()}"


def _swapped(keys: list[int], first: int) -> list[int]:
    """With the picture after it; unchanged at the ends."""
    if not 0 <= first < len(keys) - 1:
        return keys
    return [*keys[:first], keys[first + 1], keys[first], *keys[first + 2 :]]


# --- Facts


def compared(artworks: Sequence[Artwork], viewer: User) -> list[Row]:
    """Prompt first. Words are marked against the first picture."""
    facts = [_facts(artwork, viewer) for artwork in artworks]
    labels = list(dict.fromkeys(label for each in facts for label in each))
    return [_row(label, [each.get(label, "—") for each in facts]) for label in labels]


def _facts(artwork: Artwork, viewer: User) -> dict[str, str]:
    generation, task = artwork.generation, artwork.task
    found = {_("Prompt"): generation.prompt} if generation.prompt else {}
    if task.is_booked and task.cost is not None:
        found[_("Cost")] = amount(task.cost, generation.unit)
    found |= {
        _("Created by"): artwork.requested_by.display_name,
        _("Created"): date_format(localtime(generation.created_at), "DATETIME_FORMAT"),
        _("Operation"): operation_title(generation.operation),
    }
    found |= dict(request_facts.parameters(generation, viewer))
    return found | {_("Size"): f"{artwork.width} × {artwork.height}"}


def _row(label: str, values: list[str]) -> Row:
    base = values[0]
    is_equal = len(set(values)) == 1
    is_long = label == _("Prompt") or max(map(len, values)) > LONG
    is_marked = is_long and not is_equal
    cells = [
        difference(base, value) if place and is_marked else [Piece(value)]
        for place, value in enumerate(values)
    ]
    is_beside = label in (_("Cost"), _("Created by"), _("Created"))
    return Row(label, cells, is_equal and not is_beside)
