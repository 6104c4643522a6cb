"""One upload, no prompt: 图片换脸, 图片年轻化, 图片超分辨.

Limits of a photo and of ``super_size_multiple`` are assumed from drawings (§7.1).
Fields of unknown meaning are not sent: ``queue_time_limit``, and sizes "of the
catalogue" for a call without a model. Source: contract wujie §7.10 f.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gateways.providers.base import Family, Order
from generation import uploads
from generation.operations.base import Operation, OperationForm
from generation.operations.drawing_parts import filled
from generation.operations.drawing_parts.fine import supersize_field
from generation.operations.drawing_parts.reference import MOST_BYTES
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
    needs_uploads = True

    def assumed_cost(self, cleaned: Mapping[str, Any]) -> int:
        return ASSUMED_COST


def described(
    brought: Mapping[str, Any], cleaned: Mapping[str, Any]
) -> dict[str, float]:
    size = {"init_width": brought["width"], "init_height": brought["height"]}
    return size | filled(cleaned, {"supersize": "super_size_multiple"})


class FaceSwapForm(OperationForm):
    main = ("face", "face_template")
    more = ("supersize",)

    face = UploadField(
        label=_("Face"),
        most_bytes=MOST_BYTES,
        help_text=_("A photo with one face, from the front."),
        error_messages={"required": _("Bring a photo of the face.")},
    )
    face_template = UploadField(
        label=_("Picture that gets the face"),
        most_bytes=MOST_BYTES,
        error_messages={"required": _("Bring the picture that gets the face.")},
    )
    supersize = supersize_field()


class FaceSwap(PhotoEdit):
    slug = "wujie-face-swap"
    title = _("Face swap")
    explanation = _("Puts the face of one picture into another.")
    form_class = FaceSwapForm
    place = 80
    picture = "face-swap"
    can_cancel = True

    def order(self, cleaned: Mapping[str, Any]) -> Order:
        (face,), (template,) = cleaned["face"], cleaned["face_template"]
        body = {
            "image_url": uploads.addresses([face])[0],
            "template_url": uploads.addresses([template])[0],
            **described(face, cleaned),
        }
        return Order("/ai/simple_reactor/create", body, 1)


class YouthifyForm(OperationForm):
    main = ("photo",)
    more = ("supersize",)

    photo = UploadField(
        label=_("Photo"),
        most_bytes=MOST_BYTES,
        error_messages={"required": _("Bring a photo.")},
    )
    supersize = supersize_field()


class Youthify(PhotoEdit):
    slug = "wujie-youthify"
    title = _("Youthify")
    explanation = _("Makes the face in a photo younger.")
    form_class = YouthifyForm
    place = 85
    picture = "youthify"
    can_cancel = True

    def order(self, cleaned: Mapping[str, Any]) -> Order:
        (photo,) = cleaned["photo"]
        body = {"image_url": uploads.addresses([photo])[0], **described(photo, cleaned)}
        return Order("/ai/youthify", body, 1)


class SupersizeForm(OperationForm):
    main = ("small_picture", "multiple", "supersize_type")

    small_picture = UploadField(
        label=_("Picture to enlarge"),
        error_messages={"required": _("Bring the picture that is to be enlarged.")},
    )
    multiple = forms.ChoiceField(
        label=_("How many times larger"),
        choices=[(value, f"× {value}") for value in MULTIPLES],
        initial="2",
    )
    supersize_type = forms.ChoiceField(
        label=_("What it shows"),
        choices=[("GENERAL", _("anything")), ("ANIME", _("a drawing or comic"))],
    )


class Supersize(PhotoEdit):
    slug = "wujie-supersize"
    title = _("Enlarge")
    explanation = _("Makes a picture of your own larger, up to four times.")
    form_class = SupersizeForm
    place = 90
    picture = "supersize"
    family = Family.SUPERSIZE
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
