"""A draft's matrix: what was typed, its plan, its price."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from accounts.access import MemberRequest
from gateways.providers.errors import ProviderError
from generation.forms import SeriesForm
from generation.models import Series
from generation.operations.base_form import OperationForm
from generation.presenters import series_axes
from generation.presenters.prompt_form import PromptForm
from generation.presenters.series_price import (
    SeriesPrice,
    WrongCell,
    cannot_be_made,
    over_cap,
    planning_words,
    preview,
)
from generation.series import axes
from generation.series.axes import PROMPT, Axis, TooManyCells
from generation.series.drafts import prompt_of
from generation.series.planning import PlannedCell, Planner, TooManyPrices

#: Wrong cells that are shown.
MOST_WRONG = 5


@dataclass
class Matrix:
    """Of a draft as posted, or as kept. ``series`` has the values, unsaved."""

    request: MemberRequest
    series: Series

    def __post_init__(self) -> None:
        self.prompt_form = PromptForm.of(self.series.operation, self.request.user)
        self.operation = self.prompt_form.operation
        data = self.request.POST if self.request.method == "POST" else None
        self.form = SeriesForm(data, instance=self.series)
        self.is_valid = data is None or self.form.is_valid()
        if data is not None:
            typed = data.get(PROMPT, "").replace("\r\n", "\n")
            self.series.values = {**self.series.values, PROMPT: [typed]}

    @cached_property
    def planner(self) -> Planner:
        return Planner(self.operation, self.request.user, self.series.values)

    @cached_property
    def operation_form(self) -> OperationForm:
        """Not the planner's own: that one takes on each cell's values."""
        planner = Planner(self.operation, self.request.user, self.series.values)
        return planner.form({})

    @cached_property
    def chosen(self) -> dict[str, list[str]]:
        if self.request.method == "POST":
            return series_axes.chosen_values(self.operation_form, self.request.POST)
        return series_axes.kept_values([Axis.read(each) for each in self.series.axes])

    @cached_property
    def axes(self) -> list[Axis]:
        return axes.axes_of(prompt_of(self.series), self.chosen)

    @cached_property
    def trouble(self) -> str:
        """Why no plan could be made; else empty."""
        try:
            self.planned  # noqa: B018
        except (TooManyCells, TooManyPrices, ProviderError) as error:
            return planning_words(self.series, self.operation.provider, error)
        return ""

    @cached_property
    def planned(self) -> list[PlannedCell]:
        prompt = prompt_of(self.series)
        return self.planner.plan_all(axes.cells(prompt, self.axes))

    @cached_property
    def price(self) -> SeriesPrice:
        if self.trouble:
            return SeriesPrice(axes.count(self.axes), troubles=[self.trouble])
        planned, troubles = self.planned, []
        wrong = [(n, each) for n, each in enumerate(planned) if each.errors]
        if wrong:
            troubles.append(cannot_be_made(len(wrong)))
        total = sum(each.cost for each in planned)
        pictures = sum(each.pictures for each in planned)
        troubles += over_cap(self.series, total)
        return SeriesPrice(
            requests=len(planned),
            price=preview(
                self.request, self.series, total, pictures, self.operation.provider
            )
            if len(wrong) < len(planned)
            else None,
            troubles=troubles,
            wrong=[self._wrong(n, each) for n, each in wrong[:MOST_WRONG]],
            wrong_count=len(wrong),
        )

    def _wrong(self, position: int, cell: PlannedCell) -> WrongCell:
        varied = [axis for axis in self.axes if len(axis.values) > 1]
        form = self.operation_form
        told = [
            series_axes.labels(form, [Axis(axis.field, (value,))])[0][0]
            for axis, value in zip(
                self.axes, axes.place(position, self.axes), strict=True
            )
            if axis in varied
        ]
        errors = [
            f"{form.fields[name].label}: {each}" if name in form.fields else each
            for name, found in cell.errors.items()
            for each in found
        ]
        return WrongCell(" · ".join(told), errors)

    @property
    def context(self) -> dict[str, Any]:
        fields = series_axes.axis_fields(self.operation_form, self.chosen)
        main = set(self.operation_form.main)
        return {
            "series": self.series,
            "form": self.form,
            "prompt_form": self.prompt_form,
            "prompt": prompt_of(self.series),
            "has_prompt": PROMPT in self.operation_form.fields,
            "axis_fields": [each for each in fields if each.name in main],
            "more_fields": [each for each in fields if each.name not in main],
        }
