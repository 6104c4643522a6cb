"""发起Midjourney作画: ``POST /ai/create/midjourney``, four pictures per request.

Ranges: a public client's inputs. Source: contract wujie §7.2.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gateways.catalogue import Catalogue
from gateways.providers.base import Model, Order
from generation import uploads
from generation.operations.base_form import prompt_field
from generation.operations.drawing_parts import LEFT, filled, number_field
from generation.operations.drawing_parts.fine import (
    NEGATIVE,
    NegativePart,
    negative,
)
from generation.operations.drawing_parts.reference import (
    MOST_BYTES,
    MOST_PIXELS,
    reference,
)
from generation.operations.fields import SizeField, UploadField
from generation.operations.wujie_drawing import (
    MIDJOURNEY,
    PROMPT_LIMIT,
    SeededForm,
    WujieDrawing,
    closeness_field,
)

PICTURES = 4
#: Choices until the model's list has been read.
SIZES = ((1024, 1024), (768, 1024), (1024, 768))
MOST_REFERENCES = 3
#: Field → name in ``mj_param``.
PARAMETERS = {
    "chaos": "chaos",
    "stylize": "stylize",
    "mj_quality": "quality",
    "upbeta": "upbeta",
    "tile": "tile",
    "sw": "sw",
    "cw": "cw",
}


def drawable(catalogue: Catalogue) -> list[Model]:
    return [
        model
        for model in catalogue.models
        if model.type == MIDJOURNEY and model.code.isdecimal()
    ]


class MidjourneyForm(SeededForm, NegativePart):
    main = ("init_image", "mj_model", "mj_size")
    more = (
        *NEGATIVE,
        "chaos",
        "stylize",
        "mj_quality",
        "tile",
        "upbeta",
        "cfg",
        "seed",
    )
    groups = (
        (
            "reference",
            _("Image prompt"),
            (
                "creativity",
                "style_images",
                "sw",
                "character_images",
                "cw",
            ),
        ),
    )
    redraws = ("mj_model",)

    prompt = prompt_field(PROMPT_LIMIT)
    mj_model = forms.ChoiceField(label=_("Model"))
    mj_size = SizeField(label=_("Size"))
    chaos = number_field(_("Chaos"), 0, 100)
    stylize = number_field(_("Stylize"), 0, 1000)
    mj_quality = forms.ChoiceField(
        label=_("Quality"),
        required=False,
        choices=[
            LEFT,
            ("0.5", "0.5"),
            ("1", "1"),
            ("2", "2"),
        ],
    )
    tile = forms.BooleanField(label=_("Tile"), required=False)
    upbeta = forms.BooleanField(label=_("Beta upscaler"), required=False)
    cfg = closeness_field()
    init_image = UploadField(
        label=_("Image prompt"),
        required=False,
        most_bytes=MOST_BYTES,
        most_pixels=MOST_PIXELS,
    )
    creativity = number_field(_("Creativity"), 0, 100)
    style_images = UploadField(
        label=_("Style reference"), required=False, most=MOST_REFERENCES
    )
    sw = number_field(_("Style weight"), 0, 1000)
    character_images = UploadField(
        label=_("Character reference"), required=False, most=MOST_REFERENCES
    )
    cw = number_field(_("Character weight"), 0, 100)

    def offer(self) -> None:
        models = [(model.code, model.name) for model in drawable(self.catalogue)]
        self.choose("mj_model", models)
        resources = self.catalogue.resources.get(self.chosen("mj_model"))
        sizes = (resources.sizes if resources else ()) or SIZES
        self.choose("mj_size", [(f"{w}x{h}", f"{w} × {h}") for w, h in sizes])


class Midjourney(WujieDrawing):
    slug = "wujie-midjourney"
    title = _("Midjourney")
    explanation = _("Midjourney through Wujie; always four pictures.")
    form_class = MidjourneyForm
    place = 20
    picture = "midjourney"

    def is_ready(self, catalogue: Catalogue) -> bool:
        return bool(drawable(catalogue))

    def order(self, cleaned: Mapping[str, Any]) -> Order:
        width, height = self.size(cleaned)
        body: dict[str, Any] = {
            "model": int(cleaned["mj_model"]),
            "num": PICTURES,
            "prompt": cleaned["prompt"],
            "width": width,
            "height": height,
            "mj_param": self._parameters(cleaned),
        }
        body |= negative(cleaned) | filled(cleaned, {"cfg": "cfg"}) | reference(cleaned)
        if seed := cleaned.get("chosen_seed") or cleaned.get("seed"):
            body["seed"] = seed
        return Order("/ai/create/midjourney", body, PICTURES)

    def _parameters(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        found = filled(cleaned, PARAMETERS)
        for name, wire in (
            ("style_images", "sref_urls"),
            ("character_images", "cref_urls"),
        ):
            if brought := cleaned.get(name):
                found[wire] = uploads.addresses(brought)
        return found

    def size(self, cleaned: Mapping[str, Any]) -> tuple[int, int]:
        width, height = cleaned["mj_size"].split("x")
        return int(width), int(height)

    def model(self, cleaned: Mapping[str, Any]) -> str:
        return str(cleaned["mj_model"])
