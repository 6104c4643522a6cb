"""Filters for operation forms, codes and verdicts."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField, ChoiceField

from gateways import gateway_messages
from gateways.clients import is_configured
from gateways.providers.base import Choice
from generation import samples
from generation.models import Artwork, Upload
from generation.operations import OPERATIONS
from generation.operations.base import PictureAction
from generation.operations.drawing_parts.areas import AreasField, AreasForm
from generation.operations.fields import (
    SEPARATOR,
    CountsField,
    PicksField,
    SizeField,
    UploadField,
    WeightsField,
)
from generation.presenters import strips
from generation.uploads import reached_at

register = template.Library()

register.filter("has_credentials", is_configured)

#: Longest side of a `Shape`, in SVG units.
LONGEST = 24


@dataclass(frozen=True, slots=True)
class Shape:
    """Around the origin, with a picture's proportions."""

    width: float
    height: float

    @property
    def x(self) -> str:
        return f"{-self.width / 2:.1f}"

    @property
    def y(self) -> str:
        return f"{-self.height / 2:.1f}"


@register.filter
def is_size(field: BoundField) -> bool:
    return isinstance(field.field, SizeField)


@register.filter
def is_choice(field: BoundField) -> bool:
    """Drawn by a template of one level: Django's takes ten times as long."""
    return type(field.field) is ChoiceField


@register.filter
def is_model(field: BoundField) -> bool:
    """Its value says what it is; the label is for screen readers."""
    return field.name in getattr(field.form, "redraws", ())


@register.filter
def is_counts(field: BoundField) -> bool:
    return isinstance(field.field, CountsField)


@register.filter
def is_picks(field: BoundField) -> bool:
    return isinstance(field.field, PicksField)


@register.filter
def picks(field: BoundField) -> list[tuple[Choice, bool]]:
    """Entries, each with whether it is selected."""
    assert isinstance(field.field, PicksField)
    picked = field.value() or []
    return [(choice, choice.key in picked) for choice in field.field.listed]


@register.filter
def sample(picture: str) -> str:
    """Digest in the address of the stored copy."""
    return samples.digest(picture)


@register.filter
def verdict(said: str) -> str:
    return str(Artwork.VerdictChoice(said).label)


@register.filter
def is_uploads(field: BoundField) -> bool:
    return isinstance(field.field, UploadField)


@register.filter
def uploads(field: BoundField) -> list[Upload]:
    assert isinstance(field.field, UploadField)
    return field.field.uploads(field.value())


@register.filter
def is_areas(field: BoundField) -> bool:
    return isinstance(field.field, AreasField)


@register.filter
def areas(field: BoundField) -> list[tuple[int, list[BoundField], bool]]:
    form = AreasForm(initial=field.value() or {}, prefix=field.html_name)
    return form.areas()


@register.filter
def themes(field: BoundField) -> dict[str, list[tuple[Choice, str, Any]]]:
    """Category → choices, each with name and value of its input."""
    assert isinstance(field.field, CountsField)
    counts = field.value() or {}
    unused = "" if isinstance(field.field, WeightsField) else 0
    found: dict[str, list[tuple[Choice, str, Any]]] = {}
    for choice in field.field.choices:
        name = f"{field.html_name}{SEPARATOR}{choice.key}"
        row = (choice, name, counts.get(choice.key, unused))
        found.setdefault(choice.category, []).append(row)
    return found


@register.filter
def meaning(provider: str, code: str) -> str:
    """Empty for an unknown code."""
    return gateway_messages.meaning(provider, code)


@register.filter
def shape(size: str) -> Shape:
    """ "1024x768" or "1024*768"; a square where it cannot be read."""
    sides = size.replace("*", "x").split("x")
    try:
        width, height = (int(side) for side in sides)
        scale = LONGEST / max(width, height)
    except (ValueError, ZeroDivisionError):
        return Shape(LONGEST, LONGEST)
    return Shape(round(width * scale, 1), round(height * scale, 1))


@register.simple_tag
def picture_actions() -> list[tuple[str, PictureAction]]:
    """Slug and action of operations that take a finished picture."""
    if not reached_at():
        return []
    found: dict[str, tuple[str, PictureAction]] = {}
    for slug, operation in OPERATIONS.items():
        action = operation.picture_action
        if action and operation.provider in settings.GATEWAYS:
            found.setdefault(str(action.title), (slug, action))
    return list(found.values())


@register.filter
def ratio(artwork: Artwork) -> int:
    """Number of its CSS class."""
    return strips.ratio(artwork.width, artwork.height)


@register.filter
def operation_title(slug: str) -> str:
    operation = OPERATIONS.get(slug)
    return str(operation.title) if operation else slug
