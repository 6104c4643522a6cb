"""Inpainting with a mask (``model_param``, contract wujie §7.1).

Sources name the two fields and the one model that takes them. Undocumented: what the
mask's colours mean, and whether both fields are required.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from generation import uploads
from generation.operations.base_form import OperationForm
from generation.operations.drawing_parts.reference import MOST_BYTES, MOST_PIXELS
from generation.operations.fields import Mask, UploadField

MODEL = "4"
#: Field → name in ``model_param``.
MASKS = {"mask": "mask_image_url", "mask_zone": "mask_zone_image_url"}


class MaskPart(OperationForm):
    mask = UploadField(
        label=_("Mask"),
        required=False,
        most_bytes=MOST_BYTES,
        most_pixels=MOST_PIXELS,
        mask=Mask(of="init_image"),
        help_text=_(
            "As large as the picture. Which colour is drawn anew the gateway does not "
            "say: try it with one picture."
        ),
    )
    mask_zone = UploadField(
        label=_("Mask zone"),
        required=False,
        most_bytes=MOST_BYTES,
        most_pixels=MOST_PIXELS,
        mask=Mask(of="init_image"),
        help_text=_("As large as the picture, too; may be left out."),
    )

    def offer_masks(self, model: str) -> None:
        if model != MODEL:
            self.remove(*MASKS)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("init_image"):
            self.needs(_("That needs an image prompt."), *MASKS)
            return cleaned
        (picture,) = cleaned["init_image"]
        for name in MASKS:
            for brought in cleaned.get(name) or ():
                if _size(brought) != _size(picture):
                    message = _("It must be as large as the picture: %(w)s × %(h)s.")
                    width, height = _size(picture)
                    self.add_error(name, message % {"w": width, "h": height})
        return cleaned


def _size(brought: Mapping[str, Any]) -> tuple[int, int]:
    return brought["width"], brought["height"]


def masks(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """``model_param``: JSON as a text."""
    found = {
        wire: uploads.addresses(brought)[0]
        for name, wire in MASKS.items()
        if (brought := cleaned.get(name))
    }
    return {"model_param": json.dumps(found)} if found else {}
