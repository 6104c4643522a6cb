"""Base classes of an operation: its declaration, and the form that it checks.

Each operation is one file in this package. Views, lifecycle and templates use only the
attributes and methods of `Operation`.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from gateways import quotes
from gateways.catalogue import Catalogue
from gateways.models import GatewayAccount
from gateways.providers.base import Family, Order, Quote
from gateways.providers.protocols import Provider
from generation.operations.fields import CountsField, TextField, UploadField
from spend.units import Unit

EMPTY: tuple[Any, ...] = (None, "", [], {})


def prompt_field(limit: int, *, required: bool = True) -> TextField:
    """``limit`` in characters (code points)."""
    return TextField(
        label=_("Prompt"),
        max_length=limit,
        required=required,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write what the picture should show.")},
    )


def pictures_field(most: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=_("Pictures"), min_value=1, max_value=most, initial=1
    )


class OperationForm(forms.Form):
    """The fields of one operation, validated before anything is paid.

    ``catalogue``: what the gateway offers. ``member``: who submits the form.
    ``prefill``: initial values; a value that is no longer a valid choice is dropped.
    """

    #: Names of the fields under the prompt.
    main: ClassVar[tuple[str, ...]] = ()
    #: Names of the fields in the collapsible group "More".
    more: ClassVar[tuple[str, ...]] = ()
    #: Further collapsible groups: title, names.
    groups: ClassVar[tuple[tuple[str | Promise, tuple[str, ...]], ...]] = ()
    #: Fields whose change reloads all others from the server.
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
        super().__init__(*args, **kwargs)
        for each in self.fields.values():
            if isinstance(each, UploadField):
                each.member = member
        self.offer()
        if self._is_prefilling:
            self.initial = {
                name: value
                for name, value in self.initial.items()
                if name in self.fields and _accepts(self.fields[name], value)
            }
            self._is_prefilling = False
        for name in set(self.redraws) & set(self.fields):
            self.fields[name].widget.attrs["data-redraws"] = True

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> Any:
        """While `offer` runs, an invalid prefilled value reads as the default."""
        value = super().get_initial_for_field(field, field_name)
        is_unchecked = self._is_prefilling and field_name in self.initial
        return field.initial if is_unchecked and not _accepts(field, value) else value

    def offer(self) -> None:
        """Set choices from the catalogue and remove fields that do not apply.

        Called once per form, before validation.
        """

    def chosen(self, name: str) -> str:
        """The unchecked value of a field; its default if that is no valid choice."""
        field = self.fields[name]
        value = str(self[name].value() or "")
        if isinstance(field, forms.ChoiceField) and not field.valid_value(value):
            value = str(field.initial or "")
        return value

    def choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        """Set the choices of a field; the first one is the default."""
        chosen = self.fields[name]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = choices
        chosen.initial = choices[0][0] if choices else ""

    def refill(self, name: str, value: Any) -> None:
        """Set the initial value of a field in an unbound form, if it is valid."""
        self.initial.pop(name, None)
        if _accepts(self.fields[name], value):
            self.initial[name] = value

    def remove(self, *names: str) -> None:
        """Remove fields that do not apply; they are neither shown nor sent."""
        for name in names:
            del self.fields[name]

    def needs(self, message: str | Promise, *names: str) -> None:
        """Add the error to each of these fields that has a value."""
        for name in names:
            value = self.cleaned_data.get(name)
            if name in self.fields and value is not False and value not in EMPTY:
                self.add_error(name, str(message))

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.main if name in self.fields]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.more if name in self.fields]

    @property
    def grouped_fields(self) -> list[tuple[str | Promise, list[forms.BoundField]]]:
        """Title and fields of each collapsible group that has a field to show."""
        found = [
            (title, [self[name] for name in names if name in self.fields])
            for title, names in ((_("More"), self.more), *self.groups)
        ]
        return [(title, fields) for title, fields in found if fields]


def _accepts(field: forms.Field, value: Any) -> bool:
    """Whether the value can be shown in the field; numbers and texts always can."""
    if value in EMPTY:
        return False
    if isinstance(field, forms.ChoiceField | CountsField | UploadField):
        try:
            field.clean(value)
        except ValidationError:
            return False
    return True


class Operation:
    """One kind of work that a provider offers."""

    slug: ClassVar[str]
    provider: ClassVar[str]
    unit: ClassVar[Unit]
    title: ClassVar[str | Promise]
    explanation: ClassVar[str | Promise]
    form_class: ClassVar[type[OperationForm]]
    #: Sort key among the operations of all providers; the lowest comes first.
    place: ClassVar[int] = 100
    #: File name under ``static/operations``, without the extension.
    picture: ClassVar[str] = "wujie-drawing"
    #: Which of the gateway's result calls answers polls of its tasks.
    family: ClassVar[Family] = Family.USUAL
    #: Whether the gateway documents a ``notify_url`` for the call.
    is_called_back: ClassVar[bool] = True
    #: Whether the gateway's answers carry an audit of each picture.
    is_audited: ClassVar[bool] = True
    #: Whether queued tasks can be cancelled at the gateway.
    can_cancel: ClassVar[bool] = False
    #: Price in ``unit`` of moving one queued picture one place forward; None where the
    #: gateway does not offer it.
    place_price: ClassVar[int | None] = None
    #: Whether the form requires uploads, which the gateway fetches from the portal.
    needs_uploads: ClassVar[bool] = False
    #: URL name and title of a page beside the form, where there is one.
    page: ClassVar[str] = ""
    page_title: ClassVar[str | Promise] = ""
    #: Whether the result is an avatar instead of pictures.
    trains_avatar: ClassVar[bool] = False
    #: Whether the gateway quotes a price before it is paid.
    is_priced: ClassVar[bool] = True
    #: Field name → parameter of 作画参数查询; empty where that call is not documented.
    recalls: ClassVar[Mapping[str, str]] = {}
    #: Whether the gateway's history identifies its tasks, so that a lost submit answer
    #: can be recovered.
    leaves_trace: ClassVar[bool] = False

    def is_ready(self, catalogue: Catalogue) -> bool:
        """Whether the form can be filled in; some forms need the gateway's lists."""
        return True

    def quote(self, cleaned: Mapping[str, Any]) -> Quote:
        """The expected cost. Raises ProviderError where no price is known."""
        if not self.is_priced:
            cost = self.assumed_cost(cleaned)
            return Quote(cost=cost, unit=self.unit, is_assumed=True)
        return quotes.quote(self.provider, self.order(cleaned))

    def assumed_cost(self, cleaned: Mapping[str, Any]) -> int:
        """The amount to reserve where the gateway quotes no price, in ``unit``."""
        raise NotImplementedError

    def chosen(self, cleaned: Mapping[str, Any]) -> Mapping[str, Any]:
        """Values that the portal chooses where the form leaves them open.

        Stored with the parameters under names that no field has, so that no form is
        filled with them.
        """
        return {}

    def bound_to(self, cleaned: Mapping[str, Any]) -> GatewayAccount | None:
        """The only account that can do this work; None where any of them can."""
        return None

    def objections(
        self, cleaned: Mapping[str, Any], provider: Provider
    ) -> dict[str, list[str]]:
        """The gateway's objections to a valid form, by field, before anything is paid.
        Raises ProviderError."""
        return {}

    def order(self, cleaned: Mapping[str, Any]) -> Order:
        """Path and documented wire body of a valid form with the chosen values."""
        raise NotImplementedError

    def size(self, cleaned: Mapping[str, Any]) -> tuple[int, int]:
        """Width and height of a picture in pixels; zeros where the gateway decides."""
        return 0, 0

    def model(self, cleaned: Mapping[str, Any]) -> str:
        """The model's code in reports; empty where the form offers none."""
        return ""
