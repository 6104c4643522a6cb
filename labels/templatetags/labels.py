from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def corner_words(corner: str) -> str:
    return {
        "bottom-right": _("Bottom right"),
        "bottom-left": _("Bottom left"),
        "top-right": _("Top right"),
        "top-left": _("Top left"),
        "bottom": _("Bottom edge"),
        "top": _("Top edge"),
    }[corner]
