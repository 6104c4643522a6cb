"""The model's lists: styles, kinds of pictures, artists, elements, fused models."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gateways.providers.base import Choice
from generation.operations.base_form import OperationForm
from generation.operations.drawing_parts import filled
from generation.operations.fields import PicksField, WeightsField

MOST_PICKED = 10
MOST_FUSED = 5
#: Field → the gateway's list, name in the body.
PICKS = {
    "image_types": ("image_type", "image_type"),
    "artists": ("artist", "artists"),
    "elements": ("element_magic", "element_magic"),
    "decorations": ("style_decoration", "style_decoration"),
    "characters": ("character", "character"),
}
LOOKS = ("more_styles", *PICKS, "fusion", "style_model")


class LooksPart(OperationForm):
    style = forms.ChoiceField(label=_("Style"), required=False)
    more_styles = PicksField(label=_("More styles"), most=MOST_PICKED - 1)
    image_types = PicksField(label=_("Image type"), most=MOST_PICKED)
    artists = PicksField(label=_("Artists"), most=MOST_PICKED)
    elements = PicksField(label=_("Elements"), most=MOST_PICKED)
    decorations = PicksField(label=_("Decorations"), most=MOST_PICKED)
    characters = PicksField(label=_("Characters"), most=MOST_PICKED)
    fusion = WeightsField(
        label=_("Model fusion"),
        most_kinds=MOST_FUSED,
        least=-1,
        most=2,
        required=False,
        help_text=_("Up to five, each with a weight from -1 to 2."),
    )
    style_model = forms.ChoiceField(label=_("Style model"), required=False)

    def offer_looks(self, model: str) -> None:
        styles = self.catalogue.choices(model, "style")
        resources = self.catalogue.resources.get(model)
        names = resources.styles if resources else ()
        self.choose("style", [("", _("No style")), *((name, name) for name in names)])
        self._offer("more_styles", styles)
        for name, (listed, _wire) in PICKS.items():
            self._offer(name, self.catalogue.choices(model, listed))
        self._offer("fusion", self.catalogue.choices(model, "model_fusion"))
        of_model = [
            (choice.key, choice.name)
            for choice in self.catalogue.lists.get("style_models", ())
            if choice.model in ("", model)
        ]
        self.choose("style_model", [("", _("None")), *of_model])
        if not of_model:
            self.remove("style_model")

    def _offer(self, name: str, choices: tuple[Choice, ...]) -> None:
        def take(field: PicksField | WeightsField) -> None:
            field.offer(choices)

        if choices:
            self.complete(name, take)
        else:
            self.remove(name)


def looks(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """Main style first; the gateway takes ten (`MOST_PICKED`)."""
    names = {name: wire for name, (_listed, wire) in PICKS.items()}
    body = filled(cleaned, names | {"style_model": "style_model"})
    styles = [cleaned.get("style"), *(cleaned.get("more_styles") or ())]
    if told := list(dict.fromkeys(filter(None, styles))):
        body["style"] = told
    if fusion := cleaned.get("fusion"):
        body["model_fusion"] = [
            {"key": key, "weight": weight} for key, weight in fusion.items()
        ]
    return body
