"""Checks each cell by the operation's own form and prices it, before anything is paid.

Cells that differ in the prompt alone share one check of all other fields, and cells of
one price ask the gateway once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import Field
from django.http import QueryDict

from accounts.models import User
from gateways import catalogue, quotes
from gateways.providers.base import Quote
from generation.operations.base import Operation
from generation.operations.base_form import OperationForm
from generation.series.axes import PROMPT

#: Prices that one series asks of the gateway; each takes a call while a person waits.
MOST_PRICES = 100
#: A prompt that every form takes: no other field depends on the words.
ANY_PROMPT = "…"

#: Field, or "" for the whole form → sentences.
Errors = dict[str, list[str]]
#: The checked form, and its errors.
Outcome = tuple[dict[str, Any], Errors]


class TooManyPrices(Exception):
    """More than `MOST_PRICES`."""


@dataclass(frozen=True, slots=True)
class PlannedCell:
    """``cleaned``: empty where there are errors."""

    texts: Mapping[str, str]
    cleaned: Mapping[str, Any] = field(default_factory=dict)
    pictures: int = 0
    quote: Quote | None = None
    errors: Errors = field(default_factory=dict)

    @property
    def cost(self) -> int:
        return self.quote.cost if self.quote else 0


class Planner:
    """``values``: what all cells have in common, as posted: name → texts."""

    def __init__(
        self, operation: Operation, member: User, values: Mapping[str, list[str]]
    ) -> None:
        self.operation = operation
        self._member = member
        self._values = {n: v for n, v in values.items() if n != "csrfmiddlewaretoken"}
        self._catalogue = catalogue.read(operation.provider)
        # By the values of `OperationForm.redraws`.
        self._forms: dict[tuple[str | None, ...], OperationForm] = {}
        # By all values but the prompt.
        self._checked: dict[tuple[tuple[str, str], ...], Outcome] = {}
        self._prices: dict[str, Quote] = {}
        self._prompt: Field | None = None

    def form(self, texts: Mapping[str, str]) -> OperationForm:
        """The operation's form with the values of one cell, unchecked."""
        data = QueryDict(mutable=True)
        for name, values in self._values.items():
            data.setlist(name, values)
        for name, text in texts.items():
            data[name] = text
        made = self.operation.form_class
        key = tuple(data.get(name) for name in made.redraws)
        if found := self._forms.get(key):
            found.rebind(data)
            return found
        form = made(data, catalogue=self._catalogue, member=self._member)
        self._forms[key] = form
        return form

    def plan_all(self, cells: Iterable[Mapping[str, str]]) -> list[PlannedCell]:
        """``cells``: field → text of each. Raises ProviderError: no price is known; and
        TooManyPrices."""
        return [self.plan(texts) for texts in cells]

    def plan(self, texts: Mapping[str, str]) -> PlannedCell:
        cleaned, errors = self.check(texts)
        if errors:
            return PlannedCell(texts, errors=errors)
        pictures = self.operation.order(cleaned).pictures
        return PlannedCell(texts, cleaned, pictures, self._price(cleaned))

    def check(self, texts: Mapping[str, str]) -> Outcome:
        """The checked form, and its errors; without a price."""
        prompt = texts.get(PROMPT, "")
        if not prompt.strip():
            return _outcome(self.form(texts))
        rest = tuple(sorted((n, v) for n, v in texts.items() if n != PROMPT))
        if rest not in self._checked:
            form = self.form({**texts, PROMPT: ANY_PROMPT})
            self._checked[rest] = _outcome(form)
            self._prompt = form.fields.get(PROMPT)
        cleaned, errors = ({**part} for part in self._checked[rest])
        if self._prompt:
            try:
                cleaned[PROMPT] = self._prompt.clean(prompt)
            except ValidationError as error:
                errors[PROMPT] = list(error.messages)
        return cleaned, errors

    def _price(self, cleaned: Mapping[str, Any]) -> Quote:
        if not self.operation.is_priced:
            return self.operation.quote(cleaned)
        key = quotes.price_key(self.operation.provider, self.operation.order(cleaned))
        if key not in self._prices:
            if len(self._prices) == MOST_PRICES:
                raise TooManyPrices
            self._prices[key] = self.operation.quote(cleaned)
        return self._prices[key]


def _outcome(form: OperationForm) -> Outcome:
    errors = {
        ("" if name == "__all__" else name): [str(each) for each in found]
        for name, found in form.errors.items()
    }
    return dict(form.cleaned_data), errors
