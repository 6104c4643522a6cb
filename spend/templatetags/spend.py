"""What the books call a gateway account, for templates."""

from django import template

from spend import gateways
from spend.models import Unit

register = template.Library()


@register.filter
def gateway_provider(gateway: str) -> str:
    return gateways.provider(gateway)


@register.filter
def gateway_is_sandbox(gateway: str) -> bool:
    return gateways.is_sandbox(gateway)


@register.filter
def unit_words(unit: str) -> str:
    return str(Unit(unit).label)
