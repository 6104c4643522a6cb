"""Wujie drawing: ``POST /ai/create``, one key per picture (contract wujie §7.1)."""

import re
import secrets
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gateways.catalogue import Catalogue
from gateways.providers.base import Model, Order
from gateways.providers.wujie.answers import STEP, aligned
from generation.operations.base import Operation, PictureAction
from generation.operations.base_form import OperationForm, pictures_field, prompt_field
from generation.operations.drawing_parts.fine import (
    FINE,
    NEGATIVE,
    FinePart,
    NegativePart,
    fine,
    negative,
)
from generation.operations.drawing_parts.looks import LOOKS, LooksPart, looks
from generation.operations.drawing_parts.masks import MASKS, MaskPart, masks
from generation.operations.drawing_parts.reference import (
    REFERENCE,
    ReferencePart,
    reference,
    sides,
    sized,
)
from generation.operations.drawing_parts.tiles import TILES, TilesPart, tiles
from generation.operations.fields import SizeField
from spend.units import Unit

#: Characters; 1000 in the page's text, 1500 in its validator (contract §14.16).
PROMPT_LIMIT = 1500
MOST_PICTURES = 100
LONGEST_SIDE = 1344
OWN_SIZE = ("width", "height")
#: Seeds are digits (§7.1); limit undocumented, 31 bits assumed.
LARGEST_SEED = 2**31 - 1
#: Values that leave the seed to the gateway.
NO_SEED = ("", "-1")
#: Model type with its own operation (§7.2).
MIDJOURNEY = 7
#: Choices until the model's list has been read.
SIZES = ((1024, 1024), (768, 1024), (1024, 768), (576, 1024), (1024, 576), (512, 512))


def drawable(catalogue: Catalogue) -> list[Model]:
    """``model`` is a number on the wire."""
    return [
        model
        for model in catalogue.models
        if model.type != MIDJOURNEY and model.code.isdecimal()
    ]


def side_field(label: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=STEP,
        max_value=LONGEST_SIDE,
        widget=forms.NumberInput(attrs={"step": STEP}),
        help_text=_("Your own size, in pixels; a multiple of 64, at most 1344."),
    )


def closeness_field() -> forms.FloatField:
    return forms.FloatField(
        label=_("Guidance scale (CFG)"),
        min_value=1,
        max_value=30,
        required=False,
        widget=forms.NumberInput(attrs={"step": 0.5}),
        help_text=_("1 to 30; the gateway's default is 7."),
    )


class SeededForm(OperationForm):
    seed = forms.CharField(
        label=_("Seed"),
        required=False,
        max_length=20,
        help_text=_("Digits; the same seed draws alike. Empty: a new one each time."),
    )

    def clean_seed(self) -> str:
        seed: str = self.cleaned_data["seed"]
        if seed and not re.fullmatch(r"-1|[0-9]+", seed, re.ASCII):
            raise ValidationError(_("A seed is made of digits only."))
        return seed


class WujieDrawingForm(
    SeededForm, NegativePart, LooksPart, MaskPart, ReferencePart, FinePart, TilesPart
):
    main = ("init_image", "model", "size", "pictures")
    more = (*NEGATIVE, *OWN_SIZE, "cfg", "seed")
    groups = (
        ("reference", _("Image prompt"), (*REFERENCE[1:], *MASKS)),
        ("looks", _("Style"), ("style", *LOOKS)),
        ("fine", _("Advanced"), FINE),
        ("tiles", _("Tiled diffusion"), TILES),
    )
    redraws = ("model",)
    field_order = ("prompt", *main, *more)

    prompt = prompt_field(PROMPT_LIMIT, required=False)
    model = forms.ChoiceField(label=_("Model"))
    size = SizeField(label=_("Size"))
    pictures = pictures_field(MOST_PICTURES)
    width = side_field(_("Width"))
    height = side_field(_("Height"))
    cfg = closeness_field()

    def offer(self) -> None:
        models = [(model.code, model.name) for model in drawable(self.catalogue)]
        self.choose("model", models)
        # Unlisted models have no resources and none of the extra fields.
        resources = self.catalogue.resources.get(str(self["model"].value() or ""))
        sizes = (resources.sizes if resources else ()) or SIZES
        self.choose("size", [(f"{w}x{h}", f"{w} × {h}") for w, h in sizes])
        model = str(self["model"].value() or "")
        self.offer_looks(model)
        self.offer_reference(model)
        self.offer_masks(model)
        self.offer_fine(model)

    def clean_width(self) -> int | None:
        return self._checked_side("width")

    def clean_height(self) -> int | None:
        return self._checked_side("height")

    def _checked_side(self, name: str) -> int | None:
        side: int | None = self.cleaned_data[name]
        if side is not None and side % STEP:
            message = _("%(side)s is no multiple of 64; the nearest is %(aligned)s.")
            values = {"side": side, "aligned": aligned(side)}
            raise ValidationError(message, params=values)
        return side

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        # With an image prompt the gateway writes the prompt.
        if not (cleaned.get("prompt") or cleaned.get("init_image")) and (
            "prompt" not in self.errors
        ):
            self.add_error("prompt", self.fields["prompt"].error_messages["required"])
        width, height = cleaned.get("width"), cleaned.get("height")
        if (width is None) != (height is None) and not {"width", "height"} & set(
            self.errors
        ):
            missing = "width" if width is None else "height"
            self.add_error(missing, _("Your own size needs both width and height."))
        if cleaned.get("size_from_picture"):
            self.needs(_("Your own size or the picture's, not both."), *OWN_SIZE)
        if cleaned.get("size"):
            self.check_refined(*size(cleaned))
        return cleaned


def size(cleaned: Mapping[str, Any]) -> tuple[int, int]:
    """The typed size, else the chosen one; zeros where the gateway decides."""
    width, height = (cleaned.get(name) for name in OWN_SIZE)
    return (width, height) if width and height else sides(cleaned, cleaned["size"])


class WujieDrawing(Operation):
    slug = "wujie-drawing"
    provider = "wujie"
    unit = Unit.INTEGRAL
    title = _("Wujie drawing")
    explanation = _("Wujie's own models; long prompts, many sizes, up to 100 pictures.")
    form_class: ClassVar[type[OperationForm]] = WujieDrawingForm
    place = 10
    can_cancel = True
    picture_action = PictureAction("init_image", _("Use as reference"), "image")
    place_price = 2  # contract wujie §5.3
    leaves_trace = True
    recalls: ClassVar[Mapping[str, str]] = {
        "steps": "steps",
        "sampler": "sampler_index",
        "cfg": "cfg",
        "clip_skip": "clip_skip",
        "seed": "seed",
    }

    def is_ready(self, catalogue: Catalogue) -> bool:
        return bool(drawable(catalogue))

    def chosen(self, cleaned: Mapping[str, Any]) -> Mapping[str, Any]:
        """The seed tells requests with equal prompts apart in ``/ai/info``."""
        if cleaned.get("seed", "") not in NO_SEED:
            return {}
        return {"chosen_seed": str(1 + secrets.randbelow(LARGEST_SEED))}

    def order(self, cleaned: Mapping[str, Any]) -> Order:
        body: dict[str, Any] = {
            "model": int(cleaned["model"]),
            "num": cleaned["pictures"],
            **sized(self.size(cleaned)),
        }
        if cleaned.get("prompt"):
            body["prompt"] = cleaned["prompt"]
        if cleaned.get("cfg") is not None:
            body["cfg"] = cleaned["cfg"]
        if seed := cleaned.get("chosen_seed") or cleaned.get("seed"):
            body["seed"] = seed
        for part in (negative, looks, reference, masks, fine, tiles):
            body |= part(cleaned)
        return Order("/ai/create", body, cleaned["pictures"])

    def size(self, cleaned: Mapping[str, Any]) -> tuple[int, int]:
        return size(cleaned)

    def model(self, cleaned: Mapping[str, Any]) -> str:
        return str(cleaned["model"])
