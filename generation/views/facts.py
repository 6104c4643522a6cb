"""What was asked for, in the words of the form that asked."""

from collections.abc import Iterator
from typing import Any

from django.forms import ChoiceField
from django.utils.translation import gettext as _

from generation import catalogue
from generation.models import Generation
from generation.operations import OPERATIONS

#: The prompt has its own place; how a size was chosen is not what came of it.
TOLD_ELSEWHERE = {"prompt", "size", "resolution", "width", "height"}


def parameters(generation: Generation) -> list[tuple[str, str]]:
    """Label and value of every field that was filled in, the prompt aside."""
    return list(_parameters(generation))


def _parameters(generation: Generation) -> Iterator[tuple[str, str]]:
    operation = OPERATIONS.get(generation.operation)
    values: dict[str, Any] = generation.parameters
    if operation is None:
        yield from ((name, str(value)) for name, value in values.items())
        return
    lists = catalogue.read(operation.provider)
    form = operation.form_class(initial=values, catalogue=lists)
    yield _("Size"), f"{generation.width} × {generation.height}"
    for name, field in form.fields.items():
        value = values.get(name)
        if name not in TOLD_ELSEWHERE and value not in (None, ""):
            yield str(field.label), _worded(field, value)
    if seed := values.get("chosen_seed"):
        yield _("Seed, chosen here"), str(seed)


def _worded(field: Any, value: Any) -> str:
    """A choice by its label; what is no longer offered as it was stored."""
    if isinstance(field, ChoiceField):
        choices: Any = field.choices
        for choice, label in choices:
            if str(choice) == str(value):
                return str(label)
    return str(value)
