from typing import Any

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

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


@register.simple_tag(takes_context=True)
def hidden_query(context: dict[str, Any], *without: str) -> SafeString:
    """The address as hidden fields of a GET form, which replaces it."""
    address = context["request"].GET
    kept = [
        (name, value)
        for name, values in address.lists()
        for value in values
        if value and name not in (*without, "before")
    ]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', kept)
