"""发起4K图作画: ``POST /ai/create/cutDiffusion``, prompt only.

Source: contract wujie §7.3 (incomplete: the last fields are missing).
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gateways.catalogue import Catalogue
from gateways.providers.base import Model, Order
from gateways.providers.wujie.answers import STEP
from generation.operations.drawing_parts import filled, number_field, part_field
from generation.operations.drawing_parts.fine import NEGATIVE, NegativePart, negative
from generation.operations.drawing_parts.looks import MOST_PICKED
from generation.operations.fields import PicksField, SizeField
from generation.operations.wujie_drawing import drawable
from generation.operations.xl_drawings import XlDrawing, XlForm, or_default

#: Range of a side, limit of their product, in pixels (§7.3).
SIDES_4K = (1088, 3072)
MOST_PIXELS_4K = 5_017_600
OWN_SIZE_4K = ("width_4k", "height_4k")
#: The portal's choice within the limits.
SIZES_4K = ((2048, 2048), (2432, 1664), (1664, 2432), (2816, 1600), (1600, 2816))
#: Integrals reserved per picture; no source has the price table.
ASSUMED_COST_4K = 10


def drawable_4k(catalogue: Catalogue) -> list[Model]:
    return [model for model in drawable(catalogue) if model.draws_4k]


def side_4k_field(label: Any) -> forms.IntegerField:
    return number_field(
        label,
        *SIDES_4K,
        step=STEP,
        help_text=_("A multiple of 64 from 1088 to 3072; five million pixels in all."),
    )


class Drawing4KForm(XlForm, NegativePart):
    main = ("model_4k", "size_4k", "pictures")
    more = (
        "image_types",
        *NEGATIVE,
        *OWN_SIZE_4K,
        "proportion",
        "cfg_first",
        "cfg_second",
    )
    redraws = ("model_4k",)

    model_4k = forms.ChoiceField(label=_("Model"))
    size_4k = SizeField(
        label=_("Size"),
        choices=[(f"{w}x{h}", f"{w} × {h}") for w, h in SIZES_4K],
        initial="{}x{}".format(*SIZES_4K[0]),
    )
    image_types = PicksField(label=_("Image type"), most=MOST_PICKED)
    width_4k = side_4k_field(_("Width"))
    height_4k = side_4k_field(_("Height"))
    proportion = part_field(
        _("First pass share"), 0, 1, help_text=_("The default is 0.5.")
    )
    cfg_first = part_field(
        _("First pass guidance scale"), 1, 30, help_text=_("The default is 7.")
    )
    cfg_second = part_field(
        _("Second pass guidance scale"), 1, 30, help_text=_("The default is 7.")
    )

    def offer(self) -> None:
        self.remove("seed")  # undocumented
        model = self.offer_models("model_4k", drawable_4k(self.catalogue))
        listed = self.catalogue.choices(model, "image_type")
        picks = self.fields["image_types"]
        assert isinstance(picks, PicksField)
        picks.offer(listed)
        if not listed:
            self.remove("image_types")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        width, height = (cleaned.get(name) for name in OWN_SIZE_4K)
        if not set(OWN_SIZE_4K) & set(self.errors):
            if (width is None) != (height is None):
                missing = OWN_SIZE_4K[width is not None]
                self.add_error(missing, _("Your own size needs both width and height."))
            elif width and height and width * height > MOST_PIXELS_4K:
                message = _("That is more than %(most)s pixels.")
                self.add_error("width_4k", message % {"most": MOST_PIXELS_4K})
        return cleaned


class Drawing4K(XlDrawing):
    slug = "wujie-4k"
    title = _("4K drawing")
    explanation = _("Large pictures, up to five million pixels.")
    form_class = Drawing4KForm
    place = 12
    picture = "drawing-4k"
    fields = ("model_4k", "size_4k")
    is_priced = False
    assumed_each = ASSUMED_COST_4K
    leaves_trace = False

    def is_ready(self, catalogue: Catalogue) -> bool:
        return bool(drawable_4k(catalogue))

    def assumed_cost(self, cleaned: Mapping[str, Any]) -> int:
        return ASSUMED_COST_4K * int(cleaned["pictures"])

    def chosen(self, cleaned: Mapping[str, Any]) -> Mapping[str, Any]:
        return {}

    def order(self, cleaned: Mapping[str, Any]) -> Order:
        body = self.body(cleaned) | negative(cleaned)
        body |= filled(cleaned, {"image_types": "image_type"})
        body["cutdiffusion"] = {
            "cutdiff_proportion": or_default(cleaned.get("proportion"), 0.5),
            "cfg_scale1": or_default(cleaned.get("cfg_first"), 7.0),
            "cfg_scale2": or_default(cleaned.get("cfg_second"), 7.0),
        }
        return Order("/ai/create/cutDiffusion", body, cleaned["pictures"])

    def size(self, cleaned: Mapping[str, Any]) -> tuple[int, int]:
        width, height = (cleaned.get(name) for name in OWN_SIZE_4K)
        return (width, height) if width and height else super().size(cleaned)
