"""Negative prompt, steps, sampler, enlargement and queue places."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from generation.operations.base_form import OperationForm
from generation.operations.drawing_parts import LEFT, filled, number_field, part_field
from generation.operations.fields import TextField

NEGATIVE_PROMPT_LIMIT = 1000
#: The portal's own limits.
MOST_STEPS = 1000
MOST_PLACES = 100
#: Limits with ``prefine``, in pixels (§7.1).
REFINED_SIDE = 1024
REFINED_AREA = 1024 * 576
NEGATIVE = ("negative_prompt", "own_negative_only")
FINE = (
    "steps",
    "sampler",
    "clip_skip",
    "supersize",
    "prefine",
    "second_pass",
    "places_forward",
)


class NegativePart(OperationForm):
    negative_prompt = TextField(
        label=_("Negative prompt"),
        max_length=NEGATIVE_PROMPT_LIMIT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    own_negative_only = forms.BooleanField(
        label=_("Use only my negative prompt"), required=False
    )


def negative(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    names = {
        "negative_prompt": "uc_prompt",
        "own_negative_only": "fully_custom_uc_prompt",
    }
    return filled(cleaned, names)


def places_field() -> forms.IntegerField:
    return number_field(
        _("Queue positions"),
        0,
        MOST_PLACES,
        help_text=_("Forward in the gateway's queue from the start; each one costs."),
    )


def supersize_field() -> forms.FloatField:
    return part_field(_("Upscale factor"), 1, 4)


class FinePart(OperationForm):
    steps = number_field(
        _("Steps"), 1, MOST_STEPS, help_text=_("More cost more; the default is 20.")
    )
    sampler = forms.ChoiceField(label=_("Sampler"), required=False)
    clip_skip = number_field(_("Clip skip"), 1, 12)
    supersize = supersize_field()
    prefine = part_field(
        _("Refine factor"),
        1,
        2,
        help_text=_("For sizes up to 1024 pixels a side and 1024 × 576 in all."),
    )
    second_pass = part_field(_("Second pass strength"), 0, None)
    places_forward = places_field()

    def offer_fine(self, model: str) -> None:
        listed = self.catalogue.choices(model, "samplers")
        samplers = [(choice.key, choice.name) for choice in listed]
        self.choose("sampler", [LEFT, *samplers])
        if not samplers:
            self.remove("sampler")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        both = (cleaned.get("prefine") or 1) > 1, cleaned.get("supersize") or 1
        if both[0] and both[1] not in (1, 2):
            message = _("Together with refining, the upscale factor can be 2 only.")
            self.add_error("supersize", message)
        return cleaned

    def check_refined(self, width: int, height: int) -> None:
        """Zeros (the gateway decides) are too large to refine."""
        area = width * height
        fits = max(width, height) <= REFINED_SIDE and 0 < area <= REFINED_AREA
        if (self.cleaned_data.get("prefine") or 1) > 1 and not fits:
            self.add_error("prefine", _("That size is too large to be refined."))


def fine(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    names = {
        "steps": "steps",
        "clip_skip": "clip_skip",
        "supersize": "super_size_multiple",
        "prefine": "prefine_multiple",
        "second_pass": "hr_second_pass_strength",
        "places_forward": "accelerate_times",
    }
    body = filled(cleaned, names)
    if cleaned.get("sampler"):
        body["sampler_index"] = int(cleaned["sampler"])
    return body
