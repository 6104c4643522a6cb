"""A generation's parameters, labelled as in its form."""

from collections.abc import Collection, Iterator
from typing import Any

from django.forms import BooleanField, ChoiceField
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from gateways import catalogue
from generation import uploads
from generation.models import Generation
from generation.operations import OPERATIONS
from generation.operations.drawing_parts.areas import AreasField, states
from generation.operations.fields import CountsField, SizeField, UploadField

#: The prompt, and the size as drawn.
SHOWN_ELSEWHERE = {"prompt", "width", "height"}


def parameters(
    generation: Generation, viewer: User, besides: Collection[str] = ()
) -> list[tuple[str, str]]:
    """Label and value of each filled field, without the prompt.

    ``besides``: fields to leave out. ``viewer``: only owners see names of avatars.
    """
    return list(_parameters(generation, viewer, besides))


def _parameters(
    generation: Generation, viewer: User, besides: Collection[str]
) -> Iterator[tuple[str, str]]:
    operation = OPERATIONS.get(generation.operation)
    values: dict[str, Any] = {
        name: value
        for name, value in generation.parameters.items()
        if name not in besides
    }
    if operation is None:
        yield from (
            (name, str(value))
            for name, value in values.items()
            if not uploads.tokens({name: value})
        )
        return
    lists = catalogue.read(operation.provider)
    form = operation.form_class(initial=values, catalogue=lists, member=viewer)
    if generation.width:
        yield _("Size"), f"{generation.width} × {generation.height}"
    for name, field in form.fields.items():
        value = values.get(name)
        is_shown = name in SHOWN_ELSEWHERE or isinstance(field, SizeField)
        if not is_shown and value is not False and value not in (None, "", [], {}):
            yield str(field.label), worded(field, value)
    if seed := values.get("chosen_seed"):
        yield _("Seed"), str(seed)


def worded(field: Any, value: Any) -> str:
    """A choice no longer offered appears as stored."""
    if isinstance(field, UploadField):
        number = len(value)
        words = ngettext("%(number)s picture", "%(number)s pictures", number)
        return words % {"number": number}
    if isinstance(field, AreasField):
        number = len(states(value))
        return ngettext("%(number)s area", "%(number)s areas", number) % {
            "number": number
        }
    if isinstance(field, BooleanField):
        return _("Yes")
    if isinstance(field, CountsField):
        names = {choice.key: choice.name for choice in field.choices}
        counts = [f"{names.get(key, key)} × {value[key]}" for key in value]
        return _(", ").join(counts)
    if isinstance(field, ChoiceField):
        choices: Any = field.choices
        for choice, label in choices:
            if str(choice) == str(value):
                return str(label)
    return str(value)
