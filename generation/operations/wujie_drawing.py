"""Wujie drawing: ``POST /ai/create``, one key a picture (contract wujie §7.1)."""

import re
import secrets
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from generation.operations.base import (
    Catalogue,
    Operation,
    OperationForm,
    pictures_field,
    prompt_field,
)
from generation.operations.drawing_parts import (
    FINE,
    LOOKS,
    REFERENCE,
    FinePart,
    LooksPart,
    ReferencePart,
    fine,
    looks,
    reference,
)
from generation.operations.fields import SizeField, TextField
from generation.providers.base import Model, Order, Unit
from generation.providers.wujie_answers import STEP, aligned

#: The text of the page says 1000, its validator 1500 (contract §14.16).
PROMPT_LIMIT = 1500
NEGATIVE_PROMPT_LIMIT = 1000
MOST_PICTURES = 100
LONGEST_SIDE = 1344
#: Letters break jobs (§7.1); how large a seed may be is unknown: as 32 bits at most.
LARGEST_SEED = 2**31 - 1
#: What asks the gateway for a seed of its own.
NO_SEED = ("", "-1")
#: Model type 7 is Midjourney: it has rules and an endpoint of its own (§7.2).
MIDJOURNEY = 7
#: Offered until the gateway's list for the model has been read; all keep the rules.
SIZES = ((1024, 1024), (768, 1024), (1024, 768), (576, 1024), (1024, 576), (512, 512))


def drawable(catalogue: Catalogue) -> list[Model]:
    """``model`` is a number on the wire: what is none is no model."""
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


class WujieDrawingForm(SeededForm, LooksPart, ReferencePart, FinePart):
    main = ("model", "size", "pictures", "style")
    more = ("negative_prompt", "width", "height", "cfg", "seed")
    folds = (
        (_("A picture to begin with"), REFERENCE),
        (_("Looks"), LOOKS),
        (_("Fine settings"), FINE),
    )
    redraws = ("model",)

    prompt = prompt_field(PROMPT_LIMIT, required=False)
    model = forms.ChoiceField(label=_("Model"))
    size = SizeField(label=_("Size"))
    pictures = pictures_field(MOST_PICTURES)
    style = forms.ChoiceField(label=_("Style"), required=False)
    negative_prompt = TextField(
        label=_("Not in the picture"),
        max_length=NEGATIVE_PROMPT_LIMIT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    width = side_field(_("Width"))
    height = side_field(_("Height"))
    cfg = forms.FloatField(
        label=_("Closeness to the prompt"),
        min_value=1,
        max_value=30,
        required=False,
        widget=forms.NumberInput(attrs={"step": 0.5}),
        help_text=_("1 to 30; the gateway's default is 7."),
    )

    def offer(self) -> None:
        models = [(model.code, model.name) for model in drawable(self.catalogue)]
        self.choose("model", models)
        # Of a model that is not offered nothing is known, either.
        resources = self.catalogue.resources.get(str(self["model"].value() or ""))
        sizes = (resources.sizes if resources else ()) or SIZES
        self.choose("size", [(f"{w}x{h}", f"{w} × {h}") for w, h in sizes])
        styles = resources.styles if resources else ()
        self.choose("style", [("", _("No style")), *((name, name) for name in styles)])
        model = str(self["model"].value() or "")
        self.offer_looks(model)
        self.offer_reference(model)
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
        # With a picture to begin with, the gateway finds words of its own.
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
        return cleaned


class WujieDrawing(Operation):
    slug = "wujie-drawing"
    provider = "wujie"
    unit = Unit.INTEGRAL
    title = _("Wujie drawing")
    explanation = _("Wujie's own models; long prompts, many sizes, up to 100 pictures.")
    form_class: ClassVar[type[OperationForm]] = WujieDrawingForm
    place = 10
    can_cancel = True
    place_price = 2  # contract wujie §5.3
    leaves_trace = True

    def is_ready(self, catalogue: Catalogue) -> bool:
        return bool(drawable(catalogue))

    def chosen(self, cleaned: Mapping[str, Any]) -> Mapping[str, Any]:
        """A seed, so that ``/ai/info`` tells requests with equal words apart."""
        if cleaned.get("seed", "") not in NO_SEED:
            return {}
        return {"chosen_seed": str(1 + secrets.randbelow(LARGEST_SEED))}

    def order(self, cleaned: Mapping[str, Any]) -> Order:
        width, height = self.size(cleaned)
        body: dict[str, Any] = {
            "model": int(cleaned["model"]),
            "num": cleaned["pictures"],
            "width": width,
            "height": height,
        }
        if cleaned.get("prompt"):
            body["prompt"] = cleaned["prompt"]
        if cleaned.get("negative_prompt"):
            body["uc_prompt"] = cleaned["negative_prompt"]
        if cleaned.get("style"):
            body["style"] = [cleaned["style"]]
        if cleaned.get("cfg") is not None:
            body["cfg"] = cleaned["cfg"]
        if seed := cleaned.get("chosen_seed") or cleaned.get("seed"):
            body["seed"] = seed
        body |= looks(cleaned) | reference(cleaned) | fine(cleaned)
        return Order("/ai/create", body, cleaned["pictures"])

    def size(self, cleaned: Mapping[str, Any]) -> tuple[int, int]:
        if cleaned.get("width") and cleaned.get("height"):
            return cleaned["width"], cleaned["height"]
        width, height = cleaned["size"].split("x")
        return int(width), int(height)

    def model(self, cleaned: Mapping[str, Any]) -> str:
        return str(cleaned["model"])
