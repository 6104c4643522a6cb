"""The prompt form: its operation, initial values, field groups."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.forms import BoundField, Field
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise

from accounts.access import MemberRequest
from accounts.models import User
from gateways import catalogue
from gateways.catalogue import Catalogue
from generation import uploads
from generation.models import Artwork, Generation
from generation.operations import OPERATIONS
from generation.operations.base import Operation, OperationForm
from generation.operations.fields import CountsField, pairs
from net.request_values import number


@dataclass(frozen=True, slots=True)
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
        is_ready = self.operation.is_ready(self.catalogue)
        return is_ready and not self.lacks_public_url

    @property
    def lacks_public_url(self) -> bool:
        return self.operation.needs_uploads and not uploads.reached_at()

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


@dataclass(frozen=True, slots=True)
class GatewayChoices:
    """``operations``: each with whether its form can be filled in."""

    provider: str
    operations: tuple[tuple[Operation, bool], ...]


def gateway_choices(prompt_form: PromptForm) -> Iterator[GatewayChoices]:
    operations = configured_operations().values()
    for provider in dict.fromkeys(operation.provider for operation in operations):
        is_chosen = provider == prompt_form.operation.provider
        lists = prompt_form.catalogue if is_chosen else catalogue.read(provider)
        own = [operation for operation in operations if operation.provider == provider]
        rows = tuple((operation, operation.is_ready(lists)) for operation in own)
        yield GatewayChoices(provider, rows)


# --- Initial values


def requested_values(request: MemberRequest) -> tuple[str, dict[str, Any]]:
    """Operation and field values from the posted form or the create page's address.

    ``again``: key of a visible generation; other parameters override its values.
    ``like``: key of a released artwork of the team. Raises Http404.
    """
    if request.method == "POST":
        return request.POST.get("operation", ""), posted_values(request.POST)
    if pk := request.GET.get("again"):
        rows = Generation.objects.visible_to(request.user)
        found = get_object_or_404(rows, pk=number(pk))
        slug, values = _values_of(found, request.user)
        overrides = posted_values(request.GET).items()
        return slug, values | {n: value for n, value in overrides if n in request.GET}
    if pk := request.GET.get("like"):
        artworks = Artwork.objects.visible_to(request.user)
        artwork = get_object_or_404(
            artworks.select_related("generation"), pk=number(pk)
        )
        return _values_of(artwork.generation, request.user)
    return request.GET.get("operation", ""), posted_values(request.GET)


def posted_values(data: QueryDict) -> dict[str, Any]:
    """Unchecked; of all operations' fields."""
    return {
        name: field.widget.value_from_datadict(data, MultiValueDict(), name)
        for name, field in all_fields().items()
        if not field.widget.value_omitted_from_data(data, MultiValueDict(), name)
    }


def _values_of(generation: Generation, member: User) -> tuple[str, dict[str, Any]]:
    """Without another person's uploads: a token names a picture that only its owner
    may see."""
    values = {**generation.parameters, "prompt": generation.prompt}
    if generation.requested_by_id != member.pk:
        values = {n: v for n, v in values.items() if not uploads.tokens({n: v})}
    return generation.operation, values


def all_fields() -> dict[str, Field]:
    """A name means the same kind of value in all operations."""
    return {
        name: field
        for operation in OPERATIONS.values()
        for name, field in operation.form_class.base_fields.items()
    }


# --- Page parts


def form_context(
    prompt_form: PromptForm, form: OperationForm, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Context of ``generation/_form.html``; ``values``: all that was filled in."""
    return {
        "prompt_form": prompt_form,
        "form": form,
        "gateways": gateway_choices(prompt_form),
        "prompt_limit": _prompt_limit(form),
        "field_groups": field_groups(form),
        "hidden_values": hidden_values(form, values),
        "submit_key": uuid4(),
    }


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
        if name in names
        for pair in pairs(name, value)
        if pair[1] and not (pair[1] == "0" and isinstance(fields[name], CountsField))
    ]


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Open while a field has a value or an error."""

    title: str | Promise
    fields: list[BoundField]

    @property
    def is_open(self) -> bool:
        return any(map(_is_filled, self.fields))


def _is_filled(field: BoundField) -> bool:
    empty: tuple[Any, ...] = (None, False, "", [], {}, field.field.initial)
    return bool(field.errors) or field.value() not in empty


def field_groups(form: OperationForm) -> list[FieldGroup]:
    return [FieldGroup(title, fields) for title, fields in form.grouped_fields]
