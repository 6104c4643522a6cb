"""What an operation declares: its form, its limits, how it becomes a wire body.

An operation is one file here. Views, lifecycle and templates know only this class.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from gateways import quotes
from gateways.catalogue import Catalogue
from gateways.models import GatewayAccount
from gateways.providers.base import Family, Order, Quote
from gateways.providers.protocols import Provider
from generation.operations.fields import TextField, UploadField
from spend.units import Unit


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
    """Checks what a person typed, before anything is paid.

    Fields named in ``main`` stand under the prompt, those in ``more`` behind "More",
    those in ``folds`` behind a title of their own.
    A change of one in ``redraws`` brings the other fields anew. ``member`` is who asks.
    """

    main: ClassVar[tuple[str, ...]] = ()
    more: ClassVar[tuple[str, ...]] = ()
    #: Further folds, each under its title.
    folds: ClassVar[tuple[tuple[str | Promise, tuple[str, ...]], ...]] = ()
    redraws: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        *args: Any,
        catalogue: Catalogue,
        member: User | None = None,
        **kwargs: Any,
    ) -> None:
        self.catalogue = catalogue
        self.member = member
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for each in self.fields.values():
            if isinstance(each, UploadField):
                each.member = member
        self.offer()
        for name in set(self.redraws) & set(self.fields):
            self.fields[name].widget.attrs["data-redraws"] = True

    def offer(self) -> None:
        """Fill choices from the catalogue, and take away what does not apply; called
        once, before validation."""

    def chosen(self, name: str) -> str:
        """What stands in a field just now, unchecked; its initial where it is not
        among the choices."""
        field = self.fields[name]
        value = str(self[name].value() or "")
        if isinstance(field, forms.ChoiceField) and not field.valid_value(value):
            value = str(field.initial or "")
        return value

    def choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        """Give a field its choices; the first one is chosen."""
        chosen = self.fields[name]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = choices
        chosen.initial = choices[0][0] if choices else ""

    def remove(self, *names: str) -> None:
        """Take away what does not apply: it is neither shown nor sent."""
        for name in names:
            del self.fields[name]

    def needs(self, message: str | Promise, *names: str) -> None:
        """Say it of each of these fields that is filled in."""
        empty: tuple[Any, ...] = (None, "", [], {})
        for name in names:
            value = self.cleaned_data.get(name)
            if name in self.fields and value is not False and value not in empty:
                self.add_error(name, str(message))

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.main if name in self.fields]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.more if name in self.fields]

    @property
    def folded(self) -> list[tuple[str | Promise, list[forms.BoundField]]]:
        """What stands behind titles, without those that have nothing to show."""
        found = [
            (title, [self[name] for name in names if name in self.fields])
            for title, names in ((_("More"), self.more), *self.folds)
        ]
        return [(title, fields) for title, fields in found if fields]


class Operation:
    """One kind of work that a provider offers."""

    slug: ClassVar[str]
    provider: ClassVar[str]
    unit: ClassVar[Unit]
    title: ClassVar[str | Promise]
    explanation: ClassVar[str | Promise]
    form_class: ClassVar[type[OperationForm]]
    #: Where it stands among the others of its provider: the lowest first.
    place: ClassVar[int] = 100
    #: Its picture under ``static/operations``, without the extension.
    picture: ClassVar[str] = "wujie-drawing"
    #: How the gateway tells what became of it.
    family: ClassVar[Family] = Family.USUAL
    #: Whether the gateway lets go of what it still queues.
    can_cancel: ClassVar[bool] = False
    #: What the gateway takes for moving one picture of what it still queues forward by
    #: one place, in ``unit``; None where it cannot.
    place_price: ClassVar[int | None] = None
    #: Whether it always needs pictures of one's own, which the gateway must reach.
    needs_uploads: ClassVar[bool] = False
    #: The name of a page beside the form, where there is one.
    page: ClassVar[str] = ""
    page_title: ClassVar[str | Promise] = ""
    #: Whether what comes of it is an avatar, and no picture.
    trains_avatar: ClassVar[bool] = False
    #: Whether the gateway names a price before it is paid.
    is_priced: ClassVar[bool] = True
    #: Our names of fields → what the gateway calls them where it tells with what it
    #: drew; empty where it is not known to tell.
    recalls: ClassVar[Mapping[str, str]] = {}
    #: Whether the gateway's history tells it apart, so that a lost answer is found.
    leaves_trace: ClassVar[bool] = False

    def is_ready(self, catalogue: Catalogue) -> bool:
        """Whether the form can be filled in: some need the gateway's lists first."""
        return True

    def quote(self, cleaned: Mapping[str, Any]) -> Quote:
        """What it will cost. Raises ProviderError where no price is known."""
        if not self.is_priced:
            cost = self.assumed_cost(cleaned)
            return Quote(cost=cost, unit=self.unit, is_assumed=True)
        return quotes.quote(self.provider, self.order(cleaned))

    def assumed_cost(self, cleaned: Mapping[str, Any]) -> int:
        """What is reserved where nobody names a price, in ``unit``."""
        raise NotImplementedError

    def chosen(self, cleaned: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the portal chooses where the form leaves it open. It is kept with the
        parameters, under names that no field has, so no form is filled with it."""
        return {}

    def bound_to(self, cleaned: Mapping[str, Any]) -> GatewayAccount | None:
        """The one account that can do it, where not each of the gateway's can."""
        return None

    def objections(
        self, cleaned: Mapping[str, Any], provider: Provider
    ) -> dict[str, list[str]]:
        """What the gateway has against a checked form, by its fields, before anything
        is paid. Raises ProviderError."""
        return {}

    def order(self, cleaned: Mapping[str, Any]) -> Order:
        """The documented wire body of a checked form, and of what was chosen."""
        raise NotImplementedError

    def size(self, cleaned: Mapping[str, Any]) -> tuple[int, int]:
        """Width and height of one picture in pixels; zeros where only the gateway
        knows."""
        return 0, 0

    def model(self, cleaned: Mapping[str, Any]) -> str:
        """What reports call the model; empty where there is no choice."""
        return ""
