"""Base class of an operation's form, and the fields that all share."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.models import User
from gateways.catalogue import Catalogue
from generation.operations.fields import (
    CountsField,
    TextField,
    UploadField,
)
from generation.operations.fields_on_demand import FieldsOnDemand
from net.request_values import number

EMPTY: tuple[Any, ...] = (None, "", [], {})
#: Key of the first group of settings.
MORE = "basics"


def prompt_field(limit: int, *, required: bool = True) -> TextField:
    """``limit`` in code points."""
    return TextField(
        label=_("Prompt"),
        max_length=limit,
        required=required,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write what the picture should show.")},
    )


def pictures_field(most: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=_("Pictures"),
        min_value=1,
        max_value=most,
        initial=1,
        error_messages={
            "min_value": _("At least one picture."),
            "max_value": ngettext_lazy(
                "One picture at once.",
                "At most %(limit_value)s pictures at once.",
                "limit_value",
            ),
        },
    )


class OperationForm(forms.Form):
    """``catalogue``: the gateway's offer. ``member``: who submits the form.
    ``prefill``: initial values; invalid choices are dropped."""

    #: Fields beside and under the prompt.
    main: ClassVar[tuple[str, ...]] = ()
    #: Fields of the first group of the settings.
    more: ClassVar[tuple[str, ...]] = ()
    #: Further groups: key, title, names.
    groups: ClassVar[tuple[tuple[str, str | Promise, tuple[str, ...]], ...]] = ()
    #: Fields whose change reloads all others.
    redraws: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        *args: Any,
        catalogue: Catalogue,
        member: User | None = None,
        prefill: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.catalogue = catalogue
        self.member = member
        self._is_prefilling = prefill is not None
        if prefill is not None:
            kwargs["initial"] = dict(prefill)
        kwargs.setdefault("label_suffix", "")
        declared = self.base_fields
        order = [name for name in self.field_order or () if name in declared]
        ordered = {name: declared[name] for name in (*order, *declared)}
        self.base_fields = FieldsOnDemand(ordered)  # type: ignore[misc, assignment]  # Django copies the instance's
        super().__init__(*args, **kwargs)
        for name, each in declared.items():
            if isinstance(each, UploadField):
                self.fields[name].member = member  # type: ignore[attr-defined]  # a copy of it
        self.offer()
        #: Field → the typed number, where this form takes less.
        self.lowered: dict[str, int] = {}
        if self._is_prefilling:
            self._lower("pictures")
            self.initial = {
                name: value
                for name, value in self.initial.items()
                if name in self.fields and _accepts(self.fields[name], value)
            }
            self._is_prefilling = False
        elif self.is_bound:
            self._fill_up()
        for name in set(self.redraws) & set(self.fields):
            self.fields[name].widget.attrs["data-redraws"] = True

    def order_fields(self, field_order: Any) -> None:
        """Done before: Django would make all fields for it."""

    def _lower(self, name: str) -> None:
        """An operation that makes fewer pictures at once takes as many as it can."""
        most = getattr(self.fields.get(name), "max_value", None)
        typed = number(str(self.initial.get(name) or ""))
        if most and typed is not None and typed > most:
            self.lowered[name] = typed
            self.initial[name] = most

    def _fill_up(self) -> None:
        """Settings that were never opened are not sent: they have their defaults."""
        missing = {
            name: default
            for _key, _title, names in self.field_groups
            for name in names
            if (default := default_of(self.fields[name])) is not None
            and self.fields[name].widget.value_omitted_from_data(
                self.data, self.files, name
            )
        }
        if missing:
            sent = self.data
            data = sent.copy() if isinstance(sent, QueryDict) else dict(sent)
            for name, value in missing.items():
                data[name] = value
            self.data = data

    def rebind(self, data: QueryDict) -> None:
        """Other values, where no field of `redraws` differs: the fields, which take
        most of a form's time, are not made anew."""
        self.data, self._errors = data, None
        self._fill_up()

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> Any:
        """During `offer`, an invalid prefilled value reads as the default."""
        value = super().get_initial_for_field(field, field_name)
        is_unchecked = self._is_prefilling and field_name in self.initial
        return field.initial if is_unchecked and not _accepts(field, value) else value

    def offer(self) -> None:
        """Set choices from the catalogue; remove fields that do not apply.

        Called once per form, before validation.
        """

    def chosen(self, name: str) -> str:
        """The unchecked value; the default if it is no valid choice."""
        field = self.fields[name]
        value = str(self[name].value() or "")
        if isinstance(field, forms.ChoiceField) and not field.valid_value(value):
            value = str(field.initial or "")
        return value

    def choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        """The first choice is the default."""

        def take(chosen: forms.ChoiceField) -> None:
            chosen.choices = choices
            chosen.initial = choices[0][0] if choices else ""

        self.complete(name, take)

    def complete(self, name: str, how: Callable[[Any], None]) -> None:
        """Change a field when it is asked for."""
        assert isinstance(self.fields, FieldsOnDemand)
        self.fields.complete(name, how)

    def refill(self, name: str, value: Any) -> None:
        """For unbound forms; an invalid value is dropped."""
        self.initial.pop(name, None)
        if _accepts(self.fields[name], value):
            self.initial[name] = value

    def remove(self, *names: str) -> None:
        """Removed fields are neither shown nor sent."""
        for name in names:
            del self.fields[name]

    def needs(self, message: str | Promise, *names: str) -> None:
        """Add the error to each named field with a value."""
        for name in names:
            value = self.cleaned_data.get(name)
            if name in self.fields and value is not False and value not in EMPTY:
                self.add_error(name, str(message))

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.main if name in self.fields]

    @property
    def field_groups(self) -> list[tuple[str, str | Promise, list[str]]]:
        """Key, title and names of each group of settings; empty groups are left out."""
        found = [
            (key, title, [name for name in names if name in self.fields])
            for key, title, names in self._all_groups()
        ]
        return [(key, title, names) for key, title, names in found if names]

    @classmethod
    def names_of_group(cls, key: str) -> tuple[str, ...]:
        """Empty for an unknown key."""
        found = {known: names for known, _title, names in cls._all_groups()}
        return found.get(key, ())

    @classmethod
    def _all_groups(cls) -> tuple[tuple[str, str | Promise, tuple[str, ...]], ...]:
        return ((MORE, _("Basics"), cls.more), *cls.groups)


def default_of(field: forms.Field) -> Any:
    """Value of a field that nobody touched; a browser sends a list's first choice."""
    is_many = isinstance(field, forms.MultipleChoiceField)
    if isinstance(field, forms.ChoiceField) and not is_many and field.initial is None:
        choices: Any = field.choices
        return next((value for value, _label in choices), None)
    return field.initial


def _accepts(field: forms.Field, value: Any) -> bool:
    """Whether the field can show the value; non-empty numbers and texts always can."""
    if value in EMPTY:
        return False
    if isinstance(field, forms.ChoiceField | CountsField | UploadField):
        try:
            field.clean(value)
        except ValidationError:
            return False
    return True
