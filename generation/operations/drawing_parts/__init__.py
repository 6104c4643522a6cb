"""Parts of ``/ai/create`` that several drawings share (contract wujie §7.1).

Each part is a form to inherit from, and a function that writes its fields of the body:
what was left out is left to the gateway.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

LEFT = ("", _("left to the gateway"))
YES, NO = "yes", "no"


def number_field(
    label: Any,
    least: int,
    most: int | None,
    *,
    step: int | None = None,
    default: int | None = None,
    help_text: Any = "",
) -> forms.IntegerField:
    """A whole number that may be left out: the gateway's default is shown then."""
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=least,
        max_value=most,
        step_size=step,
        widget=forms.NumberInput(attrs=_placeholder(default)),
        help_text=help_text,
    )


def part_field(
    label: Any,
    least: float,
    most: float | None,
    *,
    default: float | None = None,
    help_text: Any = "",
) -> forms.FloatField:
    """A number in steps of a tenth that may be left out."""
    return forms.FloatField(
        label=label,
        required=False,
        min_value=least,
        max_value=most,
        widget=forms.NumberInput(attrs={"step": 0.1} | _placeholder(default)),
        help_text=help_text,
    )


def _placeholder(default: float | None) -> dict[str, Any]:
    return {} if default is None else {"placeholder": default}


def decided_field(label: Any) -> forms.ChoiceField:
    """Yes, no, or as the gateway does by itself."""
    choices = [LEFT, (YES, _("yes")), (NO, _("no"))]
    return forms.ChoiceField(label=label, required=False, choices=choices)


def filled(cleaned: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Fields that have a value, by their names in the body."""
    found = {wire: cleaned.get(name) for name, wire in names.items()}
    is_empty: tuple[Any, ...] = ("", [], {})
    return {
        wire: value
        for wire, value in found.items()
        if value is not None and value is not False and value not in is_empty
    }
