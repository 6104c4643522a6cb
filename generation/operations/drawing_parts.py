"""Parts of ``/ai/create`` that several drawings share (contract wujie §7.1).

Each part is a form to inherit from, and a function that writes its fields of the body:
what was left out is left to the gateway.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from generation import uploads
from generation.operations.base import OperationForm
from generation.operations.fields import PicksField, UploadField, WeightsField
from generation.providers.base import Choice

#: A picture to begin with: 2 MB at most.
MOST_BYTES = 2 * 1024**2
MOST_PICKED = 10
MOST_FUSED = 5
PATTERNS = {
    "CANNY": _("edges"),
    "OPENPOSE": _("pose"),
    "DEPTH": _("depth"),
    "HED": _("soft edges"),
    "MLSD": _("straight lines"),
    "NORMAL": _("surfaces"),
    "SCRIBBLE": _("scribble"),
    "SEG": _("areas"),
}
PREPARATIONS = [
    ("", _("left to the gateway")),
    ("INVERT_SCRIBBLE", _("inverted")),
    ("FAKE_SCRIBBLE", _("as if scribbled")),
    ("SCRIBBLE", _("scribble")),
    ("NONE", _("none")),
]
#: Our name of a field → the gateway's name of its list → its name in the body.
PICKS = {
    "image_types": ("image_type", "image_type"),
    "artists": ("artist", "artists"),
    "elements": ("element_magic", "element_magic"),
    "decorations": ("style_decoration", "style_decoration"),
    "characters": ("character", "character"),
}
LOOKS = (*PICKS, "fusion", "style_model")
REFERENCE = (
    "init_image",
    "creativity",
    "pattern",
    "pretreatment",
    "control_weight",
    "control_mode",
)
FINE = (
    "steps",
    "sampler",
    "clip_skip",
    "supersize",
    "prefine",
    "second_pass",
    "own_negative_only",
)


def number_field(
    label: Any, least: int, most: int | None, *, help_text: Any = ""
) -> forms.IntegerField:
    """A whole number that may be left out."""
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=least,
        max_value=most,
        help_text=help_text,
    )


def part_field(
    label: Any, least: float, most: float | None, *, help_text: Any = ""
) -> forms.FloatField:
    """A number in steps of a tenth that may be left out."""
    return forms.FloatField(
        label=label,
        required=False,
        min_value=least,
        max_value=most,
        widget=forms.NumberInput(attrs={"step": 0.1}),
        help_text=help_text,
    )


def filled(cleaned: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Fields that have a value, by their names in the body."""
    found = {wire: cleaned.get(name) for name, wire in names.items()}
    is_empty: tuple[Any, ...] = ("", [], {})
    return {
        wire: value
        for wire, value in found.items()
        if value is not None and value is not False and value not in is_empty
    }


class LooksPart(OperationForm):
    """What the model offers: kinds of pictures, artists, elements, fused models."""

    image_types = PicksField(label=_("Kind of picture"), most=MOST_PICKED)
    artists = PicksField(label=_("Artists"), most=MOST_PICKED)
    elements = PicksField(label=_("Elements"), most=MOST_PICKED)
    decorations = PicksField(label=_("Decorations"), most=MOST_PICKED)
    characters = PicksField(label=_("Characters"), most=MOST_PICKED)
    fusion = WeightsField(
        label=_("Fused models"),
        most_kinds=MOST_FUSED,
        least=-1,
        most=2,
        required=False,
        help_text=_("Up to five, each with its weight from -1 to 2."),
    )
    style_model = forms.ChoiceField(label=_("Style model"), required=False)

    def offer_looks(self, model: str) -> None:
        """Take away what the model does not offer."""
        for name, (listed, _wire) in PICKS.items():
            self._offer(name, self.catalogue.choices(model, listed))
        self._offer("fusion", self.catalogue.choices(model, "model_fusion"))
        of_model = [
            (choice.key, choice.name)
            for choice in self.catalogue.lists.get("style_models", ())
            if choice.model in ("", model)
        ]
        self.choose("style_model", [("", _("none")), *of_model])
        if not of_model:
            self.remove("style_model")

    def _offer(self, name: str, choices: tuple[Choice, ...]) -> None:
        field = self.fields[name]
        assert isinstance(field, PicksField | WeightsField)
        field.offer(choices)
        if not choices:
            self.remove(name)


def looks(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    names = {name: wire for name, (_listed, wire) in PICKS.items()}
    body = filled(cleaned, names | {"style_model": "style_model"})
    if fusion := cleaned.get("fusion"):
        body["model_fusion"] = [
            {"key": key, "weight": weight} for key, weight in fusion.items()
        ]
    return body


class ReferencePart(OperationForm):
    """A picture to begin with, and how it guides the drawing (ControlNet)."""

    init_image = UploadField(
        label=_("Picture to begin with"), required=False, most_bytes=MOST_BYTES
    )
    creativity = number_field(
        _("Freedom from it"),
        0,
        100,
        help_text=_("0 to 100; the gateway's default is 50. Lower stays closer."),
    )
    pattern = forms.ChoiceField(label=_("Guided by"), required=False)
    pretreatment = forms.ChoiceField(
        label=_("Its preparation"), required=False, choices=PREPARATIONS
    )
    control_weight = part_field(_("Weight of the guide"), 0, 2)
    control_mode = forms.ChoiceField(
        label=_("What counts more"),
        required=False,
        choices=[
            ("", _("left to the gateway")),
            ("0", _("both the same")),
            ("1", _("the prompt")),
            ("2", _("the guide")),
        ],
    )

    def offer_reference(self, model: str) -> None:
        listed = [choice.key for choice in self.catalogue.choices(model, "patterns")]
        patterns = [(key, PATTERNS[key]) for key in listed if key in PATTERNS]
        self.choose("pattern", [("", _("none")), *patterns])
        if not patterns:
            self.remove("pattern", "pretreatment", "control_weight", "control_mode")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        guides = ("pattern", "creativity", "pretreatment", "control_mode")
        if not cleaned.get("init_image"):
            for name in guides:
                if cleaned.get(name) not in (None, "") and name in self.fields:
                    message = _("That needs a picture to begin with.")
                    self.add_error(name, ValidationError(message))
        return cleaned


def reference(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """``init_width`` and ``init_height`` are the picture's own."""
    brought = cleaned.get("init_image")
    if not brought:
        return {}
    body = {
        "init_image_url": uploads.addresses(brought)[0],
        "init_width": brought[0]["width"],
        "init_height": brought[0]["height"],
    }
    if cleaned.get("creativity") is not None:
        body["creativity_degree"] = cleaned["creativity"]
    if not cleaned.get("pattern"):
        return body
    body |= filled(
        cleaned, {"pattern": "pattern", "pretreatment": "pretreatment_method"}
    )
    if cleaned.get("control_weight") is not None:
        body["control_weight"] = cleaned["control_weight"]
    if cleaned.get("control_mode"):
        body["control_mode"] = int(cleaned["control_mode"])
    return body


class FinePart(OperationForm):
    """How much work goes into it, and how large it becomes."""

    steps = number_field(
        _("Steps"), 1, None, help_text=_("More cost more; the default is 20.")
    )
    sampler = forms.ChoiceField(label=_("Sampler"), required=False)
    clip_skip = number_field(_("Clip skip"), 1, 12)
    supersize = part_field(_("Enlarged, times"), 1, 4)
    prefine = part_field(
        _("Refined, times"),
        1,
        2,
        help_text=_("For 1024 pixels a side and 1024 × 576 in all at most."),
    )
    second_pass = part_field(_("Strength of the second pass"), 0, None)
    own_negative_only = forms.BooleanField(
        label=_("Leave out only what I say"), required=False
    )

    def offer_fine(self, model: str) -> None:
        listed = self.catalogue.choices(model, "samplers")
        samplers = [(choice.key, choice.name) for choice in listed]
        self.choose("sampler", [("", _("left to the gateway")), *samplers])
        if not samplers:
            self.remove("sampler")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        both = (cleaned.get("prefine") or 1) > 1, cleaned.get("supersize") or 1
        if both[0] and both[1] not in (1, 2):
            message = _("Together with refining it can be enlarged twice only.")
            self.add_error("supersize", ValidationError(message))
        return cleaned


def fine(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    names = {
        "steps": "steps",
        "clip_skip": "clip_skip",
        "supersize": "super_size_multiple",
        "prefine": "prefine_multiple",
        "second_pass": "hr_second_pass_strength",
        "own_negative_only": "fully_custom_uc_prompt",
    }
    body = filled(cleaned, names)
    if cleaned.get("sampler"):
        body["sampler_index"] = int(cleaned["sampler"])
    return body
