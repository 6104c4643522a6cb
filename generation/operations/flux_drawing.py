"""Flux: ``POST /ai/create/flux``.

Source: a public client's types (contract wujie §7.4).
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gateways.catalogue import Catalogue
from gateways.providers.base import Model, Order
from generation.operations.drawing_parts import filled
from generation.operations.drawing_parts.fine import places_field
from generation.operations.drawing_parts.looks import LOOKS, LooksPart, looks
from generation.operations.drawing_parts.reference import (
    GUIDE,
    REFERENCE,
    ReferencePart,
    reference,
)
from generation.operations.fields import SizeField
from generation.operations.wujie_drawing import closeness_field, drawable
from generation.operations.xl_drawings import XlDrawing, XlForm


def flux(catalogue: Catalogue) -> list[Model]:
    """Only name or description marks these models."""
    return [
        model
        for model in drawable(catalogue)
        if "flux" in f"{model.name} {model.description}".lower()
    ]


class FluxForm(XlForm, LooksPart, ReferencePart):
    main = ("init_image", "flux_model", "flux_size", "pictures")
    more = ("cfg", "places_forward", "seed")
    groups = (
        ("reference", _("Image prompt"), REFERENCE[1:]),
        ("looks", _("Style"), ("style", *LOOKS)),
    )
    redraws = ("flux_model",)

    flux_model = forms.ChoiceField(label=_("Model"))
    flux_size = SizeField(label=_("Size"))
    cfg = closeness_field()
    places_forward = places_field()

    def offer(self) -> None:
        code = self.offer_models("flux_model", flux(self.catalogue))
        self.offer_sizes("flux_size", code)
        self.offer_looks(code)
        # Not in this call.
        self.remove(*({*GUIDE, "characters", "style_model"} & set(self.fields)))


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
        names = {"cfg": "cfg", "places_forward": "accelerate_times"}
        body = self.body(cleaned) | filled(cleaned, names)
        body |= looks(cleaned) | reference(cleaned)
        return Order("/ai/create/flux", body, cleaned["pictures"])
