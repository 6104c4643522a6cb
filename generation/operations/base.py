"""What an operation declares: its form, its limits, how it becomes a wire body.

An operation is one file here. Views, lifecycle and templates know only this class.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from generation.providers.base import Model, Order, Resources, Unit


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the gateway offers, as last read. Empty until it has been read once."""

    models: tuple[Model, ...] = ()
    resources: Mapping[str, Resources] = field(default_factory=dict)


class TextField(forms.CharField):
    """Counts a line break once, as gateways do, and not twice, as browsers send it."""

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")


def prompt_field(limit: int) -> TextField:
    """``limit`` in characters (code points)."""
    return TextField(
        label=_("Prompt"),
        max_length=limit,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write what the picture should show.")},
    )


class OperationForm(forms.Form):
    """Checks what a person typed, before anything is paid.

    Fields named in ``main`` stand under the prompt, those in ``more`` behind "More".
    """

    main: ClassVar[tuple[str, ...]] = ()
    more: ClassVar[tuple[str, ...]] = ()

    prompt: forms.CharField
    pictures: forms.IntegerField

    def __init__(self, *args: Any, catalogue: Catalogue, **kwargs: Any) -> None:
        self.catalogue = catalogue
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.offer()

    def offer(self) -> None:
        """Fill choices from the catalogue; called once, before validation."""

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.main]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.more]


class Operation:
    """One kind of work that a provider offers."""

    slug: ClassVar[str]
    provider: ClassVar[str]
    unit: ClassVar[Unit]
    title: ClassVar[str | Promise]
    explanation: ClassVar[str | Promise]
    form_class: ClassVar[type[OperationForm]]
    #: Whether the gateway lets go of what it still queues.
    can_cancel: ClassVar[bool] = False

    def is_ready(self, catalogue: Catalogue) -> bool:
        """Whether the form can be filled in: some need the gateway's lists first."""
        return True

    def chosen(self, cleaned: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the portal chooses where the form leaves it open. It is kept with the
        parameters, under names that no field has, so no form is filled with it."""
        return {}

    def order(self, cleaned: Mapping[str, Any]) -> Order:
        """The documented wire body of a checked form, and of what was chosen."""
        raise NotImplementedError

    def size(self, cleaned: Mapping[str, Any]) -> tuple[int, int]:
        """Width and height of one picture in pixels."""
        raise NotImplementedError

    def model(self, cleaned: Mapping[str, Any]) -> str:
        """What reports call the model; empty where there is no choice."""
        return ""
