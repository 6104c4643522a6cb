"""What only the pages of generations draw."""

from dataclasses import dataclass

from django import template
from django.forms import BoundField

from generation import refusals

register = template.Library()

#: Longest side of a drawn shape, in its own units.
LONGEST = 24


@dataclass(frozen=True, slots=True)
class Shape:
    """A rectangle around the origin, in the proportions of a picture."""

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
    """Whether its choices are sizes, and so drawn as shapes."""
    return field.name in {"size", "resolution"}


@register.filter
def meaning(provider: str, code: str) -> str:
    """What a gateway's code means; nothing where it is not known."""
    return refusals.meaning(provider, code)


@register.filter
def shape(size: str) -> Shape:
    """ "1024x768" or "1024*768" → its shape; a square where it cannot be read."""
    sides = size.replace("*", "x").split("x")
    try:
        width, height = (int(side) for side in sides)
        scale = LONGEST / max(width, height)
    except (ValueError, ZeroDivisionError):
        return Shape(LONGEST, LONGEST)
    return Shape(round(width * scale, 1), round(height * scale, 1))
