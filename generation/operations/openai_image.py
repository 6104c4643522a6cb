"""OpenAI Image 图片创建: ``POST /ai/wj/images/generations``, one key per request.

Fields depend on the model. Source: seed 001; contract wujie §8.1.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gateways.providers.base import Family, Order
from generation.operations.base import Operation
from generation.operations.base_form import OperationForm, pictures_field, prompt_field
from generation.operations.fields import SizeField
from spend.units import Unit

#: Characters; the portal's own limit.
PROMPT_LIMIT = 4000
MOST_PICTURES = 10
#: Integrals reserved per picture; no source has the price table (§5.3).
ASSUMED_COST = 10
AUTO = "auto"
GPT, DALL_E_2, DALL_E_3 = "gpt-image-1", "dall-e-2", "dall-e-3"
SIZES = {
    GPT: ("1024x1024", "1536x1024", "1024x1536", AUTO),
    DALL_E_2: ("1024x1024", "512x512", "256x256"),
    DALL_E_3: ("1024x1024", "1792x1024", "1024x1792"),
}
QUALITIES = {
    GPT: (AUTO, "high", "medium", "low"),
    DALL_E_2: (AUTO, "standard"),
    DALL_E_3: (AUTO, "hd", "standard"),
}
#: Formats with a compression level, with transparency.
COMPRESSED = ("webp", "jpeg")
TRANSPARENT = ("png", "webp")
GPT_ONLY = ("output_format", "output_compression", "background", "moderation")
WORDS = {
    AUTO: _("Auto"),
    "high": _("High"),
    "medium": _("Medium"),
    "low": _("Low"),
    "standard": _("Standard"),
    "hd": _("HD"),
    "transparent": _("Transparent"),
    "opaque": _("Opaque"),
    "vivid": _("Vivid"),
    "natural": _("Natural"),
}


def worded(values: tuple[str, ...]) -> list[tuple[str, Any]]:
    return [(value, WORDS.get(value, value)) for value in values]


def sizes(values: tuple[str, ...]) -> list[tuple[str, Any]]:
    return [(value, WORDS.get(value) or value.replace("x", " × ")) for value in values]


class OpenAIImageForm(OperationForm):
    main = ("openai_model", "openai_size", "pictures")
    more = ("quality", "openai_style", *GPT_ONLY)
    redraws = ("openai_model", "output_format")

    prompt = prompt_field(PROMPT_LIMIT)
    openai_model = forms.ChoiceField(
        label=_("Model"), choices=[(name, name) for name in SIZES], initial=GPT
    )
    openai_size = SizeField(label=_("Size"))
    pictures = pictures_field(MOST_PICTURES)
    quality = forms.ChoiceField(label=_("Quality"))
    openai_style = forms.ChoiceField(
        label=_("Style"),
        required=False,
        choices=[("", _("No style")), *worded(("vivid", "natural"))],
    )
    output_format = forms.ChoiceField(
        label=_("Format"), choices=[(name, name) for name in ("png", "jpeg", "webp")]
    )
    output_compression = forms.IntegerField(
        label=_("Compression"),
        required=False,
        min_value=0,
        max_value=100,
        help_text=_("0 to 100 %; the gateway's default is 100."),
    )
    background = forms.ChoiceField(
        label=_("Background"), choices=worded((AUTO, "opaque", "transparent"))
    )
    moderation = forms.ChoiceField(
        label=_("Moderation"),
        choices=[(AUTO, _("Auto")), ("low", _("Low"))],
    )

    def offer(self) -> None:
        model = self.chosen("openai_model")
        self.choose("openai_size", sizes(SIZES[model]))
        self.choose("quality", worded(QUALITIES[model]))
        if model != GPT:
            self.remove(*GPT_ONLY)
        elif self.chosen("output_format") not in COMPRESSED:
            self.remove("output_compression")
        if model != DALL_E_3:
            self.remove("openai_style")
        else:
            self.remove("pictures")  # one per request

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        is_clear = cleaned.get("background") == "transparent"
        if is_clear and cleaned.get("output_format") not in TRANSPARENT:
            message = _("A jpeg cannot be transparent: choose png or webp.")
            self.add_error("background", ValidationError(message))
        return cleaned


class OpenAIImage(Operation):
    slug = "openai-image"
    provider = "wujie"
    unit = Unit.INTEGRAL
    title = _("OpenAI image")
    explanation = _("OpenAI's models through Wujie; good with words in the picture.")
    form_class: ClassVar[type[OperationForm]] = OpenAIImageForm
    place = 30
    picture = "openai-image"
    family = Family.IMAGES
    is_called_back = False  # no notify_url
    is_priced = False
    assumed_each = ASSUMED_COST

    def assumed_cost(self, cleaned: Mapping[str, Any]) -> int:
        return ASSUMED_COST * self.order(cleaned).pictures

    def order(self, cleaned: Mapping[str, Any]) -> Order:
        """Leaves defaults out: the vendor's validators refuse some documented
        ones (§8.1)."""
        pictures: int = cleaned.get("pictures", 1)
        body: dict[str, Any] = {
            "prompt": cleaned["prompt"],
            "model": cleaned["openai_model"],
            "n": pictures,
        }
        optional = {
            "size": cleaned["openai_size"],
            "quality": cleaned["quality"],
            "background": cleaned.get("background"),
            "moderation": cleaned.get("moderation"),
            "output_format": cleaned.get("output_format"),
            "output_compression": cleaned.get("output_compression"),
            "style": cleaned.get("openai_style"),
        }
        defaults = (None, "", AUTO, "png")
        body |= {name: v for name, v in optional.items() if v not in defaults}
        path = "/ai/wj/images/generations"
        return Order(path, body, pictures, is_called_back=self.is_called_back)

    def size(self, cleaned: Mapping[str, Any]) -> tuple[int, int]:
        if cleaned["openai_size"] == AUTO:
            return 0, 0
        width, height = cleaned["openai_size"].split("x")
        return int(width), int(height)

    def model(self, cleaned: Mapping[str, Any]) -> str:
        return str(cleaned["openai_model"])
