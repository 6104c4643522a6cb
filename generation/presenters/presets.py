"""Presets in the form of Create, and what a form has that can be kept as one."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generation.models import Preset
from generation.operations import OPERATIONS
from generation.operations.drawing_parts.fine import NEGATIVE
from generation.operations.fields import UploadField

PROMPT, NEGATIVE_WORDS = "prompt", NEGATIVE[0]


def applied(preset: Preset, values: Mapping[str, Any]) -> dict[str, Any]:
    """The preset over the values; a piece adds its words to theirs."""
    words = {PROMPT: preset.prompt, NEGATIVE_WORDS: preset.negative}
    found = {**values, **preset.parameters}
    for name, text in words.items():
        if text:
            typed = str(values.get(name) or "") if preset.is_piece else ""
            found[name] = joined(typed, text)
    return found


def joined(typed: str, piece: str) -> str:
    typed = typed.rstrip().rstrip(",，")
    if not typed:
        return piece
    return f"{typed}{'，' if ord(typed[-1]) > 0x2E7F else ', '}{piece}"


def settings_of(slug: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a preset keeps of a form's values: filled in, no words, no pictures."""
    operation = OPERATIONS.get(slug)
    if operation is None:
        return {}
    fields = operation.form_class.base_fields
    return {
        name: values[name]
        for name, field in fields.items()
        if name not in (PROMPT, NEGATIVE_WORDS)
        and not isinstance(field, UploadField)
        and values.get(name) not in (None, "", [], {}, False)
    }


def facts(preset: Preset) -> str:
    """Operation, number of settings, and where its words go."""
    operation, number = OPERATIONS.get(preset.operation), len(preset.parameters)
    counted = ngettext("%(number)s setting", "%(number)s settings", number)
    found: Iterable[str] = (
        str(operation.title) if operation else preset.operation,
        counted % {"number": number} if number else "",
        _("added to the prompt") if preset.is_piece else "",
    )
    return " · ".join(filter(None, found))
