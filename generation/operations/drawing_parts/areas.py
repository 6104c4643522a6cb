"""Areas of a picture, each with its own prompt (``bbox_control_states``).

One form field holds all: inputs ``name:2:prompt`` …, value ``{"2:prompt": …}``
without empty entries.
"""

import copy
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from generation.operations.drawing_parts import LEFT, part_field
from generation.operations.fields import SEPARATOR, CountsInput, TextField

#: The portal's own limit.
MOST_AREAS = 4
#: Characters; the portal's limit: a quote sends the form in an address.
MOST_WORDS = 300
LARGEST_SEED = 2**31 - 1


def _share(label: Any, default: float) -> forms.FloatField:
    """Share of width or height (assumed from the defaults)."""
    return part_field(label, 0, 1, default=default)


#: Wire name → field.
COLUMNS: dict[str, forms.Field] = {
    "prompt": TextField(label=_("Prompt"), required=False, max_length=MOST_WORDS),
    "neg_prompt": TextField(
        label=_("Negative prompt"), required=False, max_length=MOST_WORDS
    ),
    "x": _share(_("X"), 0.4),
    "y": _share(_("Y"), 0.4),
    "w": _share(_("Width"), 0.2),
    "h": _share(_("Height"), 0.2),
    "blend_mode": forms.ChoiceField(
        label=_("Layer"),
        required=False,
        choices=[
            LEFT,
            ("Background", _("Background")),
            ("Foreground", _("Foreground")),
        ],
    ),
    "feather_ratio": _share(_("Feather"), 0.2),
    "seed": forms.IntegerField(
        label=_("Seed"), required=False, min_value=-1, max_value=LARGEST_SEED
    ),
}


class AreasForm(forms.Form):
    """Columns are named ``2:prompt`` …"""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, MOST_AREAS + 1):
            for name, field in COLUMNS.items():
                self.fields[f"{number}{SEPARATOR}{name}"] = copy.deepcopy(field)

    def add_prefix(self, field_name: str) -> str:
        return SEPARATOR.join(filter(None, [self.prefix, field_name]))

    def areas(self) -> list[tuple[int, list[forms.BoundField], bool]]:
        """Number, fields, and whether any has a value, of each area."""
        found = []
        for number in range(1, MOST_AREAS + 1):
            names = [f"{number}{SEPARATOR}{name}" for name in COLUMNS]
            is_filled = any(self.initial.get(name) not in (None, "") for name in names)
            found.append((number, [self[name] for name in names], is_filled))
        return found


class AreasField(forms.Field):
    widget = CountsInput

    def to_python(self, value: Any) -> dict[str, Any]:
        form = AreasForm(value or {})
        if not form.is_valid():
            raise ValidationError(
                [
                    _("Area %(number)s, %(label)s: %(why)s")
                    % {
                        "number": name.partition(SEPARATOR)[0],
                        "label": form.fields[name].label,
                        "why": " ".join(map(str, errors)),
                    }
                    for name, errors in form.errors.items()
                ]
            )
        return {
            name: found
            for name, found in form.cleaned_data.items()
            if found not in (None, "")
        }


def states(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, filled in value.items():
        number, _separator, column = name.partition(SEPARATOR)
        found.setdefault(number, {"enabled": True})[column] = filled
    return [found[number] for number in sorted(found)]
