"""Filters of the gallery, with what can be chosen and how it reads."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import MemberRequest
from accounts.models import User
from gallery import facets
from gallery.entries import INDEX
from gallery.models import Board, Tag, UsedModel
from generation.models import Series
from generation.operations import OPERATIONS
from generation.search.index import Slice, Wanted
from net.request_values import number
from spend.models import ModelName

Word = str | Promise
#: Value in the address, and its label.
Choice = tuple[str, Word]
#: Of a menu; more are found by the address.
MOST_CHOICES = 200
SHAPES = {
    "wide": gettext_lazy("Landscape"),
    "square": gettext_lazy("Square"),
    "tall": gettext_lazy("Portrait"),
}
SIZES = {
    "small": gettext_lazy("Small, up to 0.7 megapixels"),
    "medium": gettext_lazy("Medium, up to 1.7 megapixels"),
    "large": gettext_lazy("Large, up to 4.5 megapixels"),
    "huge": gettext_lazy("Very large"),
}
SEEN = {
    "opened": gettext_lazy("Opened"),
    "unopened": gettext_lazy("Never opened"),
    "downloaded": gettext_lazy("Downloaded"),
    "kept": gettext_lazy("Never downloaded"),
}
SEEN_FACETS = {
    "opened": facets.opened(is_it=True),
    "unopened": facets.opened(is_it=False),
    "downloaded": facets.downloaded(is_it=True),
    "kept": facets.downloaded(is_it=False),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """``choices``: of the menu, with queries of their own. ``label``: of a value, None
    where it chooses nothing. ``facets``: one of these holds."""

    name: str
    title: Word
    choices: Callable[[MemberRequest], Iterable[Choice]]
    label: Callable[[MemberRequest, str], Word | None]
    facets: Callable[[MemberRequest, str], Sequence[str]]


def _fixed(
    name: str,
    title: Word,
    words: Mapping[str, Word],
    facet: Callable[[str], Sequence[str]],
) -> Filter:
    return Filter(
        name,
        title,
        lambda request: words.items(),
        lambda request, value: words.get(value),
        lambda request, value: facet(value),
    )


# --- People, models, boards, tags


def _people(request: MemberRequest) -> Iterable[Choice]:
    team = request.membership.team_id
    people = User.objects.filter(memberships__team=team).order_by("username")
    return [(str(each.pk), each.display_name) for each in people[:MOST_CHOICES]]


def _person(request: MemberRequest, value: str) -> Word | None:
    team = request.membership.team_id
    key = number(value)
    if key is None:
        return None
    found = User.objects.filter(pk=key).first()
    if not found:
        return None
    is_member = found.memberships.filter(team=team).exists()
    # Of who left, the pictures stay.
    theirs = Wanted([[facets.team(team)], [facets.person(key)]])
    return found.display_name if is_member or INDEX.find(theirs, Slice(1)) else None


def _models(request: MemberRequest) -> Iterable[Choice]:
    used = UsedModel.objects.filter(team=request.membership.team_id)
    rows = list(used.order_by("provider", "model")[:MOST_CHOICES])
    codes = ModelName.objects.filter(code__in={row.model for row in rows})
    names = {(row.gateway, row.code): row.name for row in codes}
    choices = [
        (f"{r.provider}:{r.model}", names.get((r.provider, r.model), r.model))
        for r in rows
        if r.model
    ]
    return sorted(choices, key=lambda choice: choice[1].casefold())


def _model(request: MemberRequest, value: str) -> Word | None:
    provider, _colon, code = value.partition(":")
    used = UsedModel.objects.filter(team=request.membership.team_id)
    if not used.filter(provider=provider, model=code).exists():
        return None
    name = ModelName.objects.filter(gateway=provider, code=code).first()
    return name.name if name else code


def _model_facets(request: MemberRequest, value: str) -> Sequence[str]:
    provider, _colon, code = value.partition(":")
    return [facets.model(provider, code)]


def _boards(request: MemberRequest) -> Iterable[Choice]:
    rows = Board.objects.visible_to(request.user, request.membership.team)
    return [(str(row.pk), row.name) for row in rows.order_by("name")[:MOST_CHOICES]]


def _board(request: MemberRequest, value: str) -> Word | None:
    rows = Board.objects.visible_to(request.user, request.membership.team)
    return rows.filter(pk=number(value) or 0).values_list("name", flat=True).first()


def _tags(request: MemberRequest) -> Iterable[Choice]:
    rows = Tag.objects.of_team(request.membership.team)
    return [(str(row.pk), row.name) for row in rows[:MOST_CHOICES]]


def _tag(request: MemberRequest, value: str) -> Word | None:
    rows = Tag.objects.filter(team=request.membership.team_id)
    return rows.filter(pk=number(value) or 0).values_list("name", flat=True).first()


def _series(request: MemberRequest) -> Iterable[Choice]:
    rows = _own_series(request)[:MOST_CHOICES]
    return [(str(row.pk), _series_name(row)) for row in rows]


def _one_series(request: MemberRequest, value: str) -> Word | None:
    found = _own_series(request).filter(pk=number(value) or 0).first()
    return _series_name(found) if found else None


def _own_series(request: MemberRequest) -> QuerySet[Series]:
    rows = Series.objects.visible_to(request.user).in_team(request.membership.team)
    return rows.exclude(accepted_at=None).order_by("-created_at", "-pk")


def _series_name(row: Series) -> str:
    return row.name or _("Series %(number)s") % {"number": row.pk}


# --- Operations, marks


def _operations(request: MemberRequest) -> Iterable[Choice]:
    faces = _with_faces()
    first = [("face", _("From a face or an avatar"))] if faces else []
    return first + [(each.slug, each.title) for each in OPERATIONS.values()]


def _operation(request: MemberRequest, value: str) -> Word | None:
    return dict(_operations(request)).get(value)


def _operation_facets(request: MemberRequest, value: str) -> Sequence[str]:
    slugs = _with_faces() if value == "face" else [value]
    return [facets.operation(slug) for slug in slugs]


def _with_faces() -> list[str]:
    return [slug for slug, operation in OPERATIONS.items() if operation.is_of_a_face]


def _stars(value: str) -> Sequence[str]:
    if value == "none":
        return [facets.rating(0)]
    return [facets.rating(stars) for stars in range(int(value), 6)]


def _ratings() -> dict[str, Word]:
    words: dict[str, Word] = {"5": "★★★★★"}
    for least in (4, 3, 2, 1):
        words[str(least)] = format_lazy(
            gettext_lazy("{stars} and more"), stars="★" * least
        )
    return {**words, "none": gettext_lazy("Not rated")}


def _costs() -> dict[str, Word]:
    bands = facets.COST_BANDS
    words: dict[str, Word] = {"0": gettext_lazy("Free of charge")}
    for band in range(1, len(bands)):
        words[str(band)] = f"{bands[band - 1] + 1} – {bands[band]}"
    words[str(len(bands))] = format_lazy(
        gettext_lazy("More than {cost}"), cost=bands[-1]
    )
    return words


FILTERS: Sequence[Filter] = (
    Filter(
        "person",
        gettext_lazy("Created by"),
        _people,
        _person,
        lambda request, value: [facets.person(int(value))],
    ),
    Filter(
        "operation",
        gettext_lazy("Operation"),
        _operations,
        _operation,
        _operation_facets,
    ),
    Filter("model", gettext_lazy("Model"), _models, _model, _model_facets),
    Filter(
        "board",
        gettext_lazy("Board"),
        _boards,
        _board,
        lambda request, value: [facets.board(int(value))],
    ),
    Filter(
        "tag",
        gettext_lazy("Tag"),
        _tags,
        _tag,
        lambda request, value: [facets.tag(int(value))],
    ),
    Filter(
        "series",
        gettext_lazy("Series"),
        _series,
        _one_series,
        lambda request, value: [facets.series(int(value))],
    ),
    Filter(
        "favourite",
        gettext_lazy("Favourites"),
        lambda request: [("mine", _("My favourites"))],
        lambda request, value: _("My favourites") if value == "mine" else None,
        lambda request, value: [facets.favourite(request.user.pk)],
    ),
    _fixed("rating", gettext_lazy("Rating"), _ratings(), _stars),
    _fixed("shape", gettext_lazy("Shape"), SHAPES, lambda v: [facets.shape(v)]),
    _fixed("size", gettext_lazy("Size"), SIZES, lambda v: [facets.size(v)]),
    _fixed("cost", gettext_lazy("Cost"), _costs(), lambda v: [facets.cost(int(v))]),
    _fixed("seen", gettext_lazy("Use"), SEEN, lambda v: [SEEN_FACETS[v]]),
)
