"""Parts of ``/ai/create`` that several drawings share (contract wujie §7.1).

A part is a form to inherit from, and a function that writes its fields of the body.
Empty fields are not sent: the gateway uses its defaults.
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
    """An optional whole number; ``default``: the gateway's, shown as placeholder."""
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
    """An optional number in steps of 0.1."""
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
    """Yes, no, or the gateway's default."""
    choices = [LEFT, (YES, _("yes")), (NO, _("no"))]
    return forms.ChoiceField(label=label, required=False, choices=choices)


def filled(cleaned: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The body of the fields with a value. ``names``: field → name on the wire."""
    found = {wire: cleaned.get(name) for name, wire in names.items()}
    is_empty: tuple[Any, ...] = ("", [], {})
    return {
        wire: value
        for wire, value in found.items()
        if value is not None and value is not False and value not in is_empty
    }
