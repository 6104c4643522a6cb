"""Image prompt, and its guidance (ControlNet)."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gateways.providers.wujie.vocabulary import PATTERNS, PRETREATMENTS
from generation import uploads
from generation.operations.base_form import OperationForm
from generation.operations.drawing_parts import LEFT, filled, number_field, part_field
from generation.operations.fields import UploadField

#: Limit of an image prompt (§7.1).
MOST_BYTES = 2 * 1024**2
#: No real picture of more fits into those bytes.
MOST_PIXELS = 16_000_000
PREPARATIONS = [LEFT, *PRETREATMENTS.items()]
#: Fields that require a pattern.
OF_GUIDE = ("pretreatment", "control_weight", "control_mode", "control_img2img")
GUIDE = ("pattern", *OF_GUIDE)
REFERENCE = ("init_image", "creativity", "size_from_picture", *GUIDE)


class ReferencePart(OperationForm):
    init_image = UploadField(
        label=_("Image prompt"),
        required=False,
        most_bytes=MOST_BYTES,
        most_pixels=MOST_PIXELS,
    )
    creativity = number_field(
        _("Creativity"),
        0,
        100,
        help_text=_("0 to 100; the gateway's default is 50. Lower stays closer."),
    )
    size_from_picture = forms.BooleanField(
        label=_("Use its size"),
        required=False,
        help_text=_("A long side below 2048 pixels becomes 2048."),
    )
    pattern = forms.ChoiceField(label=_("ControlNet"), required=False)
    pretreatment = forms.ChoiceField(
        label=_("Preprocessor"), required=False, choices=PREPARATIONS
    )
    control_weight = part_field(_("Control weight"), 0, 2)
    control_mode = forms.ChoiceField(
        label=_("Control mode"),
        required=False,
        choices=[
            LEFT,
            ("0", _("Balanced")),
            ("1", _("Prompt first")),
            ("2", _("ControlNet first")),
        ],
    )
    control_img2img = forms.BooleanField(
        label=_("Image to image"),
        required=False,
        help_text=_("Needs a ControlNet."),
    )

    def offer_reference(self, model: str) -> None:
        listed = [choice.key for choice in self.catalogue.choices(model, "patterns")]
        patterns = [(key, PATTERNS[key]) for key in listed if key in PATTERNS]
        self.choose("pattern", [("", _("None")), *patterns])
        if not patterns:
            self.remove(*GUIDE)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("init_image"):
            message = _("That needs an image prompt.")
            self.needs(message, *REFERENCE[1:])
        elif not cleaned.get("pattern") and "pattern" not in self.errors:
            self.needs(_("Choose a ControlNet first."), *OF_GUIDE)
        return cleaned


def reference(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """``init_width`` and ``init_height``: the upload's size."""
    brought = cleaned.get("init_image")
    if not brought:
        return {}
    body = {
        "init_image_url": uploads.addresses(brought)[0],
        "init_width": brought[0]["width"],
        "init_height": brought[0]["height"],
    }
    body |= filled(
        cleaned,
        {
            "creativity": "creativity_degree",
            "pattern": "pattern",
            "pretreatment": "pretreatment_method",
            "control_weight": "control_weight",
            # The second underscore is the gateway's (§14.11).
            "control_img2img": "control_img2_img",
        },
    )
    if cleaned.get("control_mode"):
        body["control_mode"] = int(cleaned["control_mode"])
    if cleaned.get("size_from_picture"):
        body["create_source"] = 1
    return body


def sides(cleaned: Mapping[str, Any], chosen: str) -> tuple[int, int]:
    """Of "1024x768"; zeros where the upload's size is used."""
    if cleaned.get("size_from_picture"):
        return 0, 0
    width, height = chosen.split("x")
    return int(width), int(height)


def sized(size: tuple[int, int]) -> dict[str, int]:
    """Empty where the gateway decides."""
    return dict(zip(("width", "height"), size, strict=True)) if all(size) else {}
