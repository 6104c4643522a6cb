"""Names of gateways, for templates of any package."""

from django import template

from gateways import clients

register = template.Library()


@register.filter
def provider_name(provider: str) -> str:
    """A gateway's name as its vocabulary has it; an unknown provider as written."""
    return str(clients.vocabulary(provider).gateway)
