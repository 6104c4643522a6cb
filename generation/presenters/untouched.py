"""The form as everybody finds it: its bar and closed settings are drawn once for all
that they say, and kept as fragments."""

from collections.abc import Mapping
from typing import Any

from django.forms import BoundField
from django.utils.translation import get_language

from generation import uploads


def key(context: Mapping[str, Any]) -> tuple[object, ...] | None:
    """All that the bar and the closed settings depend on while nobody has chosen
    anything; None once somebody has, or where a picture of theirs is shown."""
    prompt_form, form, bar = context["prompt_form"], context["form"], context["bar"]
    groups = context["field_groups"]
    touched = (bar.groups, context["hidden_values"], context["lowered"])
    brought = any(field.value() for field in bar.references)
    if any(touched) or brought or context["changed"]:
        return None
    return (
        get_language(),
        prompt_form.operation.slug,
        prompt_form.unready_reason,
        uploads.reached_at(),
        [_shown(field) for field in form.main_fields],
        [group.key for group in groups],
    )


def _shown(field: BoundField) -> tuple[object, ...]:
    """All that its element says."""
    asked, offered = field.field, getattr(field.field, "choices", ())
    return (
        field.name,
        field.value(),
        str(field.label),
        str(field.help_text),
        getattr(asked, "max_value", None),
        asked.widget.attrs,
        [(value, str(label)) for value, label in offered],
    )
