"""Parts of ``/ai/create`` that drawings share (contract wujie §7.1).

A part is a form to inherit from, and a function that writes its fields of the body.
Empty fields are left to the gateway's defaults.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

LEFT = ("", _("Auto"))
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
    """``default``: the gateway's, shown as placeholder."""
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
    choices = [LEFT, (YES, _("Yes")), (NO, _("No"))]
    return forms.ChoiceField(label=label, required=False, choices=choices)


def filled(cleaned: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """``names``: field → wire name. Empty fields are left out."""
    found = {wire: cleaned.get(name) for name, wire in names.items()}
    is_empty: tuple[Any, ...] = ("", [], {})
    return {
        wire: value
        for wire, value in found.items()
        if value is not None and value is not False and value not in is_empty
    }
