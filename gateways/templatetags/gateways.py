"""Names of gateways, for templates of any package."""

from django import template
from django.utils.translation import gettext_lazy

register = template.Library()

PROVIDERS = {"wujie": gettext_lazy("Wujie"), "jumdata": gettext_lazy("Jumdata")}


@register.filter
def provider_name(provider: str) -> str:
    """A gateway's name as people say it; an unknown one as it is written."""
    return str(PROVIDERS.get(provider, provider))
