"""One upload, no prompt: 图片换脸, 图片年轻化, 图片超分辨.

Limits of a photo and of ``super_size_multiple`` are assumed from drawings (§7.1).
Fields of unknown meaning are not sent: ``queue_time_limit``, and sizes "of the
catalogue" for a call without a model. Source: contract wujie §7.10 f.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gateways.providers.base import Family, Order
from generation import uploads
from generation.operations.base import Operation, PictureAction
from generation.operations.base_form import OperationForm
from generation.operations.drawing_parts import filled
from generation.operations.drawing_parts.fine import supersize_field
from generation.operations.drawing_parts.reference import MOST_BYTES, MOST_PIXELS
from generation.operations.fields import UploadField
from spend.units import Unit

#: Integrals reserved per picture; no source names a price.
ASSUMED_COST = 4
MULTIPLES = ("1.5", "2", "3", "4")


class PhotoEdit(Operation):
    """One picture in, one out."""

    provider = "wujie"
    unit = Unit.INTEGRAL
    is_priced = False
    assumed_each = ASSUMED_COST
    needs_uploads = True

    def assumed_cost(self, cleaned: Mapping[str, Any]) -> int:
        return ASSUMED_COST


def described(
    brought: Mapping[str, Any], cleaned: Mapping[str, Any]
) -> dict[str, float]:
    size = {"init_width": brought["width"], "init_height": brought["height"]}
    return size | filled(cleaned, {"supersize": "super_size_multiple"})


class EnlargingForm(OperationForm):
    """No paid result may be too large for the archive.

    ``enlarged``: field of the picture, and field of the factor.
    """

    enlarged: ClassVar[tuple[str, str]]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        brought, times = (cleaned.get(name) for name in self.enlarged)
        for each in brought or ():
            pixels = each["width"] * each["height"] * float(times or 1) ** 2
            if pixels > settings.RESULT_MAX_PIXELS:
                message = _("The result would exceed %(number)s million pixels.")
                number = settings.RESULT_MAX_PIXELS // 1_000_000
                error = ValidationError(message, params={"number": number})
                self.add_error(self.enlarged[1], error)
        return cleaned


class FaceSwapForm(EnlargingForm):
    main = ("face", "face_template")
    more = ("supersize",)
    enlarged = ("face_template", "supersize")

    face = UploadField(
        label=_("Face"),
        most_bytes=MOST_BYTES,
        most_pixels=MOST_PIXELS,
        help_text=_("A photo with one face, from the front."),
        error_messages={"required": _("Upload a photo of the face.")},
    )
    face_template = UploadField(
        label=_("Target image"),
        most_bytes=MOST_BYTES,
        most_pixels=MOST_PIXELS,
        error_messages={"required": _("Upload the target image.")},
    )
    supersize = supersize_field()


class FaceSwap(PhotoEdit):
    slug = "wujie-face-swap"
    title = _("Face swap")
    explanation = _("Puts the face of one picture into another.")
    form_class = FaceSwapForm
    place = 80
    picture = "face-swap"
    is_of_a_face = True
    can_cancel = True

    def order(self, cleaned: Mapping[str, Any]) -> Order:
        (face,), (template,) = cleaned["face"], cleaned["face_template"]
        body = {
            "image_url": uploads.addresses([face])[0],
            "template_url": uploads.addresses([template])[0],
            **described(face, cleaned),
        }
        return Order("/ai/simple_reactor/create", body, 1)


class YouthifyForm(EnlargingForm):
    main = ("photo",)
    more = ("supersize",)
    enlarged = ("photo", "supersize")

    photo = UploadField(
        label=_("Photo"),
        most_bytes=MOST_BYTES,
        most_pixels=MOST_PIXELS,
        error_messages={"required": _("Upload a photo.")},
    )
    supersize = supersize_field()


class Youthify(PhotoEdit):
    slug = "wujie-youthify"
    title = _("De-age")
    explanation = _("Makes the face in a photo younger.")
    form_class = YouthifyForm
    place = 85
    picture = "youthify"
    can_cancel = True

    def order(self, cleaned: Mapping[str, Any]) -> Order:
        (photo,) = cleaned["photo"]
        body = {"image_url": uploads.addresses([photo])[0], **described(photo, cleaned)}
        return Order("/ai/youthify", body, 1)


class SupersizeForm(EnlargingForm):
    main = ("small_picture", "multiple", "supersize_type")
    enlarged = ("small_picture", "multiple")

    small_picture = UploadField(
        label=_("Image to upscale"),
        error_messages={"required": _("Upload the image to upscale.")},
    )
    multiple = forms.ChoiceField(
        label=_("Scale"),
        choices=[(value, f"× {value}") for value in MULTIPLES],
        initial="2",
    )
    supersize_type = forms.ChoiceField(
        label=_("Content"),
        choices=[("GENERAL", _("General")), ("ANIME", _("Anime"))],
    )


class Supersize(PhotoEdit):
    slug = "wujie-supersize"
    verb = _("Upscale")
    title = _("Upscale")
    explanation = _("Upscales an image of your own up to four times.")
    form_class = SupersizeForm
    place = 90
    picture = "supersize"
    family = Family.SUPERSIZE
    picture_action = PictureAction("small_picture", _("Upscale"), "upscale")
    is_called_back = False
    is_audited = False

    def order(self, cleaned: Mapping[str, Any]) -> Order:
        body = {
            "url": uploads.addresses(cleaned["small_picture"])[0],
            "multiple": float(cleaned["multiple"]),
            "super_size_type": cleaned["supersize_type"],
            "cost_type": "INTEGRAL",
        }
        return Order("/ai/supersize", body, 1, is_called_back=self.is_called_back)

    def size(self, cleaned: Mapping[str, Any]) -> tuple[int, int]:
        (small,) = cleaned["small_picture"]
        multiple = float(cleaned["multiple"])
        # Rounded down (§14.20).
        return int(small["width"] * multiple), int(small["height"] * multiple)
