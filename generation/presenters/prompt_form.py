"""The prompt form: its operation, initial values, field groups."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.forms import BoundField, Field
from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from gateways import catalogue
from gateways.catalogue import Catalogue
from gateways.templatetags.gateways import provider_name
from generation import uploads
from generation.operations import OPERATIONS
from generation.operations.base import Operation
from generation.operations.base_form import EMPTY, OperationForm, default_of
from generation.operations.fields import (
    UNREACHED,
    CountsField,
    SizeField,
    UploadField,
    pairs,
)
from generation.presenters import untouched
from generation.presenters.queue_position import PageQueue

#: For who has no picture yet.
SAMPLE_PROMPTS = (
    gettext_lazy("A lighthouse in a storm at dusk, oil painting"),
    gettext_lazy("A red fox asleep in fresh snow, morning light, close-up"),
    gettext_lazy("A small tea house in the mist, ink wash, much empty space"),
)
#: In ``open``: every group is shown with its fields.
ALL_GROUPS = "all"


@dataclass(frozen=True)
class PromptForm:
    """Makes the form of the chosen operation."""

    operation: Operation
    catalogue: Catalogue
    member: User

    @classmethod
    def of(cls, slug: str, member: User) -> "PromptForm":
        """The named operation, else the first configured."""
        operations = configured_operations()
        operation = operations.get(slug) or next(iter(operations.values()))
        return cls(operation, catalogue.read(operation.provider), member)

    @property
    def is_ready(self) -> bool:
        return not self.unready_reason

    @cached_property
    def unready_reason(self) -> str:
        """Why the form cannot be filled in; else empty."""
        if self.operation.needs_uploads and not uploads.reached_at():
            return str(UNREACHED)
        if self.operation.is_ready(self.catalogue):
            return ""
        return PageQueue().wait_reason(self.operation.provider) or _(
            "%(gateway)s has not told its models yet. They come within a minute of its "
            "first answer."
        ) % {"gateway": provider_name(self.operation.provider)}

    def prefilled(self, values: Mapping[str, Any]) -> OperationForm:
        """Unbound; values that are no valid choices are dropped."""
        return self.operation.form_class(
            prefill=values, catalogue=self.catalogue, member=self.member
        )

    def bound(self, data: QueryDict) -> OperationForm:
        return self.operation.form_class(
            data, catalogue=self.catalogue, member=self.member
        )


def configured_operations() -> dict[str, Operation]:
    """Of gateways with credentials. Raises Http404 without any."""
    found = {
        slug: operation
        for slug, operation in OPERATIONS.items()
        if operation.provider in settings.GATEWAYS
    }
    if not found:
        raise Http404
    return found


# --- Values


def posted_values(data: QueryDict) -> dict[str, Any]:
    """Unchecked; of all operations' fields."""
    if not data:
        return {}
    return {
        name: field.widget.value_from_datadict(data, MultiValueDict(), name)
        for name, field in all_fields().items()
        if not field.widget.value_omitted_from_data(data, MultiValueDict(), name)
    }


def all_fields() -> dict[str, Field]:
    """A name means the same kind of value in all operations."""
    return {
        name: field
        for operation in OPERATIONS.values()
        for name, field in operation.form_class.base_fields.items()
    }


# --- Page parts


def form_context(
    prompt_form: PromptForm,
    form: OperationForm,
    values: Mapping[str, Any],
    opened: Sequence[str] = (),
) -> dict[str, Any]:
    """Context of ``generation/_form.html``. ``values``: all that was filled in;
    ``opened``: keys of groups that are shown with their fields."""
    context = {
        "prompt_form": prompt_form,
        "create_url": reverse("generation:create"),
        "form": form,
        "prompt_limit": _prompt_limit(form),
        "bar": Bar(form),
        "hidden_values": hidden_values(form, values),
        "lowered": [(typed, form.initial[n]) for n, typed in form.lowered.items()],
        "sample_prompts": SAMPLE_PROMPTS,
        "submit_key": uuid4(),
        **settings_context(form, opened),
    }
    is_touched = form.is_bound or opened
    return context | {"untouched_key": None if is_touched else untouched.key(context)}


def settings_context(form: OperationForm, opened: Container[str]) -> dict[str, Any]:
    groups = field_groups(form, opened)
    return {"field_groups": groups, "changed": sum(each.changed for each in groups)}


def _prompt_limit(form: OperationForm) -> int:
    """Characters; 0 without a prompt."""
    return getattr(form.fields.get("prompt"), "max_length", 0)


def hidden_values(
    form: OperationForm, values: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """Hidden: values for other operations' or models' fields, kept for the way back."""
    fields = all_fields()
    names = fields.keys() - set(form.fields)
    return [
        pair
        for name, value in values.items()
        if name in names and value is not False  # a box that nobody ticked
        for pair in pairs(name, value)
        if pair[1] and not (pair[1] == "0" and isinstance(fields[name], CountsField))
    ]


class Bar:
    """The main fields, by their place in the prompt bar."""

    def __init__(self, form: OperationForm) -> None:
        fields = form.main_fields
        self.references = [f for f in fields if isinstance(f.field, UploadField)]
        self.sizes = [f for f in fields if isinstance(f.field, SizeField)]
        self.groups = [
            FieldGroup(form, f.name, f.label, [f.name], is_open=True)
            for f in fields
            if isinstance(f.field, CountsField)
        ]
        placed = (UploadField, SizeField, CountsField)
        self.others = [f for f in fields if not isinstance(f.field, placed)]


@dataclass(frozen=True)
class FieldGroup:
    """Closed, it has only the changed values, hidden."""

    form: OperationForm
    key: str
    title: str | Promise
    names: list[str]
    is_open: bool

    @property
    def fields(self) -> list[BoundField]:
        return [self.form[name] for name in self.names]

    @cached_property
    def changed_fields(self) -> list[BoundField]:
        is_bound, initial = self.form.is_bound, self.form.initial
        sent = [name for name in self.names if is_bound or name in initial]
        return [each for each in (self.form[n] for n in sent) if is_changed(each)]

    @property
    def wrong_fields(self) -> list[BoundField]:
        is_bound = self.form.is_bound
        return [field for field in self.fields if field.errors] if is_bound else []

    @property
    def changed(self) -> int:
        return len(self.changed_fields)

    @property
    def hidden_values(self) -> list[tuple[str, str]]:
        return [
            pair
            for field in self.changed_fields
            for pair in pairs(field.name, field.value())
            if pair[1]
        ]


def is_changed(field: BoundField) -> bool:
    value = field.value()
    if isinstance(value, dict):
        unused = ("", "0") if type(field.field) is CountsField else ("",)
        return any(str(each) not in unused for each in value.values())
    return value is not False and value not in (*EMPTY, default_of(field.field))


def group_of(form: OperationForm, key: str) -> FieldGroup | None:
    """With its fields; None where the operation has no such group."""
    found = field_groups(form, [key])
    return next((group for group in found if group.key == key), None)


def field_groups(form: OperationForm, opened: Container[str]) -> list[FieldGroup]:
    """A group with an error is open, too."""
    wrong = set(form.errors) if form.is_bound else set()
    return [
        FieldGroup(
            form,
            key,
            title,
            names,
            ALL_GROUPS in opened or key in opened or not wrong.isdisjoint(names),
        )
        for key, title, names in form.field_groups
    ]
