"""What a form asks for otherwise than the generation whose request fills it in."""

from dataclasses import dataclass
from typing import Any

from django.forms import BooleanField, Field
from django.utils.translation import gettext as _

from accounts.access import MemberRequest
from generation import uploads
from generation.models import Generation
from generation.operations import OPERATIONS
from generation.operations.base_form import EMPTY, OperationForm, default_of
from generation.operations.fields import pairs
from generation.presenters.prompt_form import PromptForm
from generation.presenters.request_facts import worded
from generation.presenters.reuse import known_origin, repeats


@dataclass(frozen=True, slots=True)
class Change:
    """``name``: the field's; ``old``: in words."""

    name: str
    label: str
    old: str


def context(
    request: MemberRequest, prompt_form: PromptForm, form: OperationForm
) -> dict[str, Any]:
    """Nothing where nothing is repeated, or where the person may not know it."""
    key = repeats(request)
    found: dict[str, Any] = {"repeats": key}
    if origin := known_origin(request, key):
        found |= {"origin": origin, "changes": changes(prompt_form, form, origin)}
    return found


def changes(
    prompt_form: PromptForm, form: OperationForm, origin: Generation
) -> list[Change]:
    """Operation first, then in the form's order. Pictures of another person are theirs
    alone: their absence is no change."""
    found, known = [], OPERATIONS.get(origin.operation)
    if prompt_form.operation.slug != origin.operation:
        title = str(known.title) if known else origin.operation
        found.append(Change("operation", _("Operation"), title))
    values = {**origin.parameters, "prompt": origin.prompt}
    is_own = origin.requested_by_id == prompt_form.member.pk
    names = known.form_class.base_fields if known else {}
    for name, field in form.fields.items():
        old = values.get(name)
        if name not in names or not (is_own or not uploads.tokens({name: old})):
            continue
        if _plain(name, field, form[name].value()) != _plain(name, field, old):
            words = _("empty") if old in (*EMPTY, False) else worded(field, old)
            found.append(Change(name, str(field.label), words))
    return found


def _plain(name: str, field: Field, value: Any) -> list[tuple[str, str]]:
    """Comparable, whether posted or stored; empty is the default."""
    if isinstance(field, BooleanField):
        return [(name, "1")] if value and value != "False" else []
    if value in EMPTY:
        value = default_of(field)
    found = (
        (key, text.replace("\r\n", "\n"))
        for key, text in pairs(name, value)
        if text and not (key != name and text == "0")
    )
    return sorted(found)
