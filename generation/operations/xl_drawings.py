"""发起4K图作画, 发起透明图作画, flux: drawings with endpoints of their own (§7.3 f.).

Of the pages of the first two only the beginning could be read, of flux only a client's
types: what is sent is what stands there.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from generation.operations.base import Catalogue, pictures_field, prompt_field
from generation.operations.drawing_parts import (
    MOST_PICKED,
    ReferencePart,
    filled,
    part_field,
    reference,
)
from generation.operations.fields import PicksField, SizeField, TextField
from generation.operations.wujie_drawing import (
    MOST_PICTURES,
    NEGATIVE_PROMPT_LIMIT,
    PROMPT_LIMIT,
    SIZES,
    SeededForm,
    WujieDrawing,
    drawable,
)
from generation.providers.base import Model, Order

#: Each side, and their product at most (§7.3).
SIDES_4K = (1088, 3072)
MOST_PIXELS_4K = 5_017_600
#: Ours, within those.
SIZES_4K = ((2048, 2048), (2432, 1664), (1664, 2432), (2816, 1600), (1600, 2816))
#: The price table was not to be had: so much of each picture is reserved.
ASSUMED_COST_4K = 10


class XlForm(SeededForm):
    """What all three have; each names its models."""

    prompt = prompt_field(PROMPT_LIMIT)
    pictures = pictures_field(MOST_PICTURES)
    negative_prompt = TextField(
        label=_("Not in the picture"),
        max_length=NEGATIVE_PROMPT_LIMIT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def offer_models(self, name: str, models: list[Model]) -> str:
        self.choose(name, [(model.code, model.name) for model in models])
        return self.chosen(name)

    def offer_sizes(self, name: str, model: str) -> None:
        resources = self.catalogue.resources.get(model)
        sizes = (resources.sizes if resources else ()) or SIZES
        self.choose(name, [(f"{w}x{h}", f"{w} × {h}") for w, h in sizes])


class XlDrawing(WujieDrawing):
    """``fields``: our names of the model and the size."""

    fields: tuple[str, str]

    def body(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        width, height = self.size(cleaned)
        found = {
            "model": int(cleaned[self.fields[0]]),
            "num": cleaned["pictures"],
            "prompt": cleaned["prompt"],
            "width": width,
            "height": height,
        }
        if seed := cleaned.get("chosen_seed") or cleaned.get("seed"):
            found["seed"] = seed
        return found

    def size(self, cleaned: Mapping[str, Any]) -> tuple[int, int]:
        width, height = cleaned[self.fields[1]].split("x")
        return int(width), int(height)

    def model(self, cleaned: Mapping[str, Any]) -> str:
        return str(cleaned[self.fields[0]])


# --- 4K


def drawable_4k(catalogue: Catalogue) -> list[Model]:
    return [model for model in drawable(catalogue) if model.draws_4k]


class Drawing4KForm(XlForm):
    main = ("model_4k", "size_4k", "pictures")
    more = ("image_types", "negative_prompt", "proportion", "cfg_first", "cfg_second")
    redraws = ("model_4k",)

    model_4k = forms.ChoiceField(label=_("Model"))
    size_4k = SizeField(
        label=_("Size"),
        choices=[(f"{w}x{h}", f"{w} × {h}") for w, h in SIZES_4K],
        initial="{}x{}".format(*SIZES_4K[0]),
    )
    image_types = PicksField(label=_("Kind of picture"), most=MOST_PICKED)
    proportion = part_field(
        _("Share of the first pass"), 0, 1, help_text=_("The default is 0.5.")
    )
    cfg_first = part_field(
        _("Closeness in the first pass"), 1, 30, help_text=_("The default is 7.")
    )
    cfg_second = part_field(
        _("Closeness in the second pass"), 1, 30, help_text=_("The default is 7.")
    )

    def offer(self) -> None:
        self.remove("seed")  # none stands among the fields that could be read
        model = self.offer_models("model_4k", drawable_4k(self.catalogue))
        listed = self.catalogue.choices(model, "image_type")
        picks = self.fields["image_types"]
        assert isinstance(picks, PicksField)
        picks.offer(listed)
        if not listed:
            self.remove("image_types")


class Drawing4K(XlDrawing):
    slug = "wujie-4k"
    title = _("4K drawing")
    explanation = _("Large pictures, up to five million pixels.")
    form_class = Drawing4KForm
    place = 12
    picture = "drawing-4k"
    fields = ("model_4k", "size_4k")
    is_priced = False
    leaves_trace = False

    def is_ready(self, catalogue: Catalogue) -> bool:
        return bool(drawable_4k(catalogue))

    def assumed_cost(self, cleaned: Mapping[str, Any]) -> int:
        return ASSUMED_COST_4K * int(cleaned["pictures"])

    def chosen(self, cleaned: Mapping[str, Any]) -> Mapping[str, Any]:
        return {}

    def order(self, cleaned: Mapping[str, Any]) -> Order:
        names = {"negative_prompt": "uc_prompt", "image_types": "image_type"}
        body = self.body(cleaned) | filled(cleaned, names)
        body["cutdiffusion"] = {
            "cutdiff_proportion": _or(cleaned.get("proportion"), 0.5),
            "cfg_scale1": _or(cleaned.get("cfg_first"), 7.0),
            "cfg_scale2": _or(cleaned.get("cfg_second"), 7.0),
        }
        return Order("/ai/create/cutDiffusion", body, cleaned["pictures"])


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


# --- Transparent


def transparent(catalogue: Catalogue) -> list[Model]:
    return [model for model in drawable(catalogue) if model.transparencies]


class TransparentForm(XlForm):
    main = ("layer_model", "layer_size", "pictures", "layer_method")
    more = ("negative_prompt", "layer_weight", "layer_end", "seed")
    redraws = ("layer_model",)

    layer_model = forms.ChoiceField(label=_("Model"))
    layer_size = SizeField(label=_("Size"))
    layer_method = forms.ChoiceField(label=_("What is transparent"))
    layer_weight = part_field(
        _("Weight of the layer"), 0, 2, help_text=_("The default is 1.")
    )
    layer_end = part_field(
        _("Ends at this share of the steps"), 0, 1, help_text=_("The default is 1.")
    )

    def offer(self) -> None:
        models = transparent(self.catalogue)
        code = self.offer_models("layer_model", models)
        self.offer_sizes("layer_size", code)
        methods = [pair for m in models if m.code == code for pair in m.transparencies]
        self.choose("layer_method", [(str(key), name) for key, name in methods])


class TransparentDrawing(XlDrawing):
    slug = "wujie-transparent"
    title = _("Transparent drawing")
    explanation = _("Pictures without a background, to lay over others.")
    form_class = TransparentForm
    place = 14
    picture = "transparent"
    fields = ("layer_model", "layer_size")

    def is_ready(self, catalogue: Catalogue) -> bool:
        return bool(transparent(catalogue))

    def order(self, cleaned: Mapping[str, Any]) -> Order:
        body = self.body(cleaned) | filled(cleaned, {"negative_prompt": "uc_prompt"})
        body["layer_diffusion"] = {
            "method": int(cleaned["layer_method"]),
            "weight": _or(cleaned.get("layer_weight"), 1.0),
            "ending_step": _or(cleaned.get("layer_end"), 1.0),
        }
        return Order("/ai/create/layerDiffusion", body, cleaned["pictures"])


# --- flux


def flux(catalogue: Catalogue) -> list[Model]:
    """Which models are flux no list says: those that call themselves so."""
    return [
        model
        for model in drawable(catalogue)
        if "flux" in f"{model.name} {model.description}".lower()
    ]


class FluxForm(ReferencePart, XlForm):
    main = ("flux_model", "flux_size", "pictures")
    more = ("init_image", "creativity", "cfg", "seed")
    redraws = ("flux_model",)

    flux_model = forms.ChoiceField(label=_("Model"))
    flux_size = SizeField(label=_("Size"))
    cfg = part_field(_("Closeness to the prompt"), 1, 30)

    def offer(self) -> None:
        code = self.offer_models("flux_model", flux(self.catalogue))
        self.offer_sizes("flux_size", code)
        # None of these stands among the fields of the call.
        guides = ("pattern", "pretreatment", "control_weight", "control_mode")
        self.remove("negative_prompt", *guides)


class FluxDrawing(XlDrawing):
    slug = "wujie-flux"
    title = _("Flux")
    explanation = _("Flux models through Wujie.")
    form_class = FluxForm
    place = 16
    picture = "flux"
    fields = ("flux_model", "flux_size")

    def is_ready(self, catalogue: Catalogue) -> bool:
        return bool(flux(catalogue))

    def order(self, cleaned: Mapping[str, Any]) -> Order:
        body = self.body(cleaned) | filled(cleaned, {"cfg": "cfg"}) | reference(cleaned)
        return Order("/ai/create/flux", body, cleaned["pictures"])
