"""The ``icon`` tag, a builtin of every template (``TEMPLATES``)."""

import functools

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
@functools.lru_cache(maxsize=256)
def icon(name: str, look: str = "") -> SafeString:
    """A cached symbol of ``static/icons.svg``, hidden from screen readers."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        f" {look}" if look else "",
        static("icons.svg"),
        name,
    )
