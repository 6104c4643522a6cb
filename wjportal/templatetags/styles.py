"""The ``styles`` tag, a builtin of every template (``TEMPLATES``)."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from wjportal.styles import paths

register = template.Library()


@register.simple_tag
def styles(sheet: str) -> SafeString:
    """Links of what stands in `wjportal.styles` by that name."""
    links = ((static(path),) for path in paths(sheet))
    return format_html_join("\n    ", '<link rel="stylesheet" href="{}">', links)
