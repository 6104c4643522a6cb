from django import template

from spend import purses
from spend.units import Unit

register = template.Library()


@register.filter
def gateway_provider(gateway: str) -> str:
    return purses.provider(gateway)


@register.filter
def gateway_is_sandbox(gateway: str) -> bool:
    return purses.is_sandbox(gateway)


@register.filter
def unit_words(unit: str) -> str:
    return str(Unit(unit).label)


@register.filter
def opposite(number: int) -> int:
    return -number
