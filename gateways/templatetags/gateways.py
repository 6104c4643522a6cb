from django import template

from gateways import clients

register = template.Library()


@register.filter
def provider_name(provider: str) -> str:
    """An unknown provider as written."""
    return str(clients.vocabulary(provider).gateway)
