"""Inputs for the placeholders of a preset, beside the form's fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from generation import placeholders
from generation.operations.base_form import OperationForm
from generation.operations.fields import TextField
from generation.presenters.presets import PROMPT

#: Prefix of an input's name, before the placeholder.
FILL = "fill:"
#: Posted with the inputs: words in braces are placeholders.
MARK = "blanks"


@dataclass(frozen=True, slots=True)
class Blank:
    name: str
    value: str
    is_missing: bool


def context(sent: QueryDict, form: OperationForm) -> dict[str, Any]:
    """Nothing where no preset is used."""
    if MARK not in sent and "preset" not in sent:
        return {}
    values = _values(sent, {n: str(form[n].value() or "") for n in _names(form)})
    is_refused = form.is_bound
    return {"blanks": [Blank(n, v, is_refused and not v) for n, v in values.items()]}


def fill(data: QueryDict, form_class: type[OperationForm]) -> dict[str, str]:
    """Put the values into the posted texts. Returns those as typed; empty: no preset
    is used."""
    if MARK not in data:
        return {}
    fields = form_class.base_fields
    typed = {n: str(data[n]) for n in data if isinstance(fields.get(n), TextField)}
    values = _values(data, typed)
    for name, text in typed.items():
        data[name] = placeholders.filled(text, values)
    return typed


def check(data: QueryDict, typed: Mapping[str, str], form: OperationForm) -> None:
    """A placeholder without a value is an error of the form."""
    missing = [name for name, value in _values(data, typed).items() if not value]
    if missing:
        told = _("Fill in first: %(names)s.") % {"names": _(", ").join(missing)}
        form.add_error(PROMPT if PROMPT in form.fields else None, told)


def put_back(form: OperationForm, typed: Mapping[str, str]) -> None:
    """A form that is shown again has its placeholders again."""
    if typed:
        assert isinstance(form.data, QueryDict)
        data = form.data.copy()
        for name, text in typed.items():
            data[name] = text
        form.data = data


def _names(form: OperationForm) -> list[str]:
    fields = type(form).base_fields
    return [n for n in form.fields if isinstance(fields.get(n), TextField)]


def _values(sent: QueryDict, texts: Mapping[str, str]) -> dict[str, str]:
    found = placeholders.names(texts.values())
    most = placeholders.MOST_CHARACTERS
    return {name: sent.get(FILL + name, "").strip()[:most] for name in found}
