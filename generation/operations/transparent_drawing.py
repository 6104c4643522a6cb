"""发起透明图作画: ``POST /ai/create/layerDiffusion``.

Source: contract wujie §7.4 (incomplete: the last fields are missing).
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gateways.catalogue import Catalogue
from gateways.providers.base import Model, Order
from generation.operations.drawing_parts import part_field
from generation.operations.drawing_parts.fine import NEGATIVE, NegativePart, negative
from generation.operations.fields import SizeField
from generation.operations.wujie_drawing import drawable
from generation.operations.xl_drawings import XlDrawing, XlForm, or_default


def transparent(catalogue: Catalogue) -> list[Model]:
    return [model for model in drawable(catalogue) if model.transparencies]


class TransparentForm(XlForm, NegativePart):
    main = ("layer_model", "layer_size", "pictures", "layer_method")
    more = (*NEGATIVE, "layer_weight", "layer_end", "seed")
    redraws = ("layer_model",)

    layer_model = forms.ChoiceField(label=_("Model"))
    layer_size = SizeField(label=_("Size"))
    layer_method = forms.ChoiceField(label=_("Transparency"))
    layer_weight = part_field(_("Layer weight"), 0, 2, help_text=_("The default is 1."))
    layer_end = part_field(_("Ending step"), 0, 1, help_text=_("The default is 1."))

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
        body = self.body(cleaned) | negative(cleaned)
        body["layer_diffusion"] = {
            "method": int(cleaned["layer_method"]),
            "weight": or_default(cleaned.get("layer_weight"), 1.0),
            "ending_step": or_default(cleaned.get("layer_end"), 1.0),
        }
        return Order("/ai/create/layerDiffusion", body, cleaned["pictures"])
