"""Jumdata drawing: ``POST /ai/draw/submit``, one key, billed per picture.

Source: seed 002; contract jumdata §6.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gateways.providers.base import Order
from generation.operations.base import Operation
from generation.operations.base_form import OperationForm, pictures_field, prompt_field
from generation.operations.fields import SizeField
from spend.units import Unit

#: Wire values; "low poly" without the trailing space of the vendor's page.
STYLES = (
    "探索无限",
    "古风",
    "二次元",
    "写实风格",
    "浮世绘",
    "low poly",
    "未来主义",
    "像素风格",
    "概念艺术",
    "赛博朋克",
    "洛丽塔风格",
    "巴洛克风格",
    "超现实主义",
    "水彩画",
    "蒸汽波艺术",
    "油画",
    "卡通画",
)
RESOLUTIONS = ("1024*1024", "1024*1536", "1536*1024")
PROMPT_LIMIT = 100
MOST_PICTURES = 6


class JumdataDrawingForm(OperationForm):
    main = ("resolution", "pictures", "style")

    prompt = prompt_field(PROMPT_LIMIT)
    resolution = SizeField(
        label=_("Size"),
        choices=[(value, value.replace("*", " × ")) for value in RESOLUTIONS],
        initial=RESOLUTIONS[0],
    )
    pictures = pictures_field(MOST_PICTURES)
    style = forms.ChoiceField(
        label=_("Style"),
        choices=[(style, style) for style in STYLES],
        initial=STYLES[0],
    )


class JumdataDrawing(Operation):
    slug = "jumdata-drawing"
    provider = "jumdata"
    unit = Unit.IMAGE
    title = _("Jumdata drawing")
    explanation = _("A short prompt in one of 17 styles; billed by the picture.")
    form_class = JumdataDrawingForm
    picture = "jumdata-drawing"
    is_called_back = False
    is_audited = False

    def order(self, cleaned: Mapping[str, Any]) -> Order:
        body = {
            "text": cleaned["prompt"],
            "resolution": cleaned["resolution"],
            "style": cleaned["style"],
            "num": cleaned["pictures"],
        }
        return Order("/ai/draw/submit", body, cleaned["pictures"])

    def size(self, cleaned: Mapping[str, Any]) -> tuple[int, int]:
        width, height = cleaned["resolution"].split("*")
        return int(width), int(height)
