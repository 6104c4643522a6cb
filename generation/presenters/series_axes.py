"""The fields that a matrix may vary, and the columns that a table may fill."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from generation.operations.base_form import OperationForm
from generation.series.axes import PROMPT, WORDS, Axis

#: Before a field's name in the name of its input.
AXIS = "axis:"
COLUMN = "column:"
#: A longer text is none of several in a line.
LONGEST_VALUE = 40
_BETWEEN = re.compile(r"[\s,，、;；]+")


@dataclass(frozen=True, slots=True)
class AxisField:
    """``choices``: value, label, whether it is chosen; empty where values are typed."""

    name: str
    label: str
    choices: Sequence[tuple[str, Any, bool]]
    typed: str
    number: int

    @property
    def input_name(self) -> str:
        return f"{AXIS}{self.name}"


def axis_fields(
    form: OperationForm, chosen: Mapping[str, Sequence[str]]
) -> list[AxisField]:
    """``chosen``: field → values; without any, the form's own."""
    found = []
    for name in varied(form):
        field, values = form.fields[name], chosen.get(name)
        if values is None:
            own = str(form[name].value() if form[name].value() is not None else "")
            values = [own] if own or isinstance(field, forms.ChoiceField) else []
        offered: list[tuple[str, Any, bool]] = []
        if isinstance(field, forms.ChoiceField):
            choices: Any = field.choices
            offered = [(str(v), label, str(v) in values) for v, label in choices]
        found.append(
            AxisField(name, str(field.label), offered, ", ".join(values), len(values))
        )
    return found


def varied(form: OperationForm) -> list[str]:
    """Names of fields with one value of several: choices, numbers, short texts."""
    names = [
        *form.main,
        *(n for _key, _title, names in form.field_groups for n in names),
    ]
    return [name for name in names if name in form.fields and _may_vary(form, name)]


def _may_vary(form: OperationForm, name: str) -> bool:
    field = form.fields[name]
    if isinstance(field, forms.MultipleChoiceField):
        return False
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        return len(list(choices)) > 1
    if isinstance(field, forms.IntegerField):  # and floats
        return True
    is_short = isinstance(field, forms.CharField) and name != PROMPT
    return is_short and 0 < (getattr(field, "max_length", 0) or 0) <= LONGEST_VALUE


def chosen_values(form: OperationForm, data: QueryDict) -> dict[str, list[str]]:
    """Posted axes; a field without a value has the form's own."""
    found = {}
    for name in varied(form):
        posted = data.getlist(f"{AXIS}{name}")
        if not isinstance(form.fields[name], forms.ChoiceField):
            posted = [each for text in posted for each in _BETWEEN.split(text) if each]
        if posted:
            found[name] = posted
    return found


def kept_values(axes: Sequence[Axis]) -> dict[str, list[str]]:
    return {axis.field: list(axis.values) for axis in axes if axis.field != WORDS}


def labels(form: OperationForm, axes: Sequence[Axis]) -> list[list[str]]:
    """Of each axis, a label for each value."""
    return [[_label(form, axis.field, value) for value in axis.values] for axis in axes]


def _label(form: OperationForm, name: str, value: str) -> str:
    field = form.fields.get(name) if name else None
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        found = {str(key): str(label) for key, label in choices}
        return found.get(value, value)
    return f"{field.label} {value}" if field else value


def column_fields(form: OperationForm) -> list[tuple[str, str]]:
    """Name and label of the fields that a column may fill."""
    names = [
        *form.main,
        *(n for _key, _title, names in form.field_groups for n in names),
    ]
    texts = [n for n in names if isinstance(form.fields.get(n), forms.CharField)]
    allowed = {*varied(form), *(n for n in texts if n != PROMPT)}
    return [
        (n, str(form.fields[n].label)) for n in dict.fromkeys(names) if n in allowed
    ]
