"""A table's mapping, its dry run, and the rows to mend."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Count, Sum
from django.http import QueryDict

from accounts.access import MemberRequest
from gateways.providers.errors import ProviderError
from generation.forms import SeriesForm
from generation.models import Cell, Series
from generation.operations.base_form import OperationForm
from generation.presenters import series_axes
from generation.presenters.prompt_form import PromptForm
from generation.presenters.series_price import (
    SeriesPrice,
    over_cap,
    planning_words,
    preview,
    unknown_columns_words,
)
from generation.series import drafts
from generation.series.axes import PROMPT
from generation.series.planning import Planner, TooManyPrices

#: Rows to mend on a page; the next come when these are mended.
MOST_WRONG = 50
MOST_SAMPLES = 3
#: Heads, without case, in both languages.
PROMPT_HEADS = ("prompt", "提示词", "描述", "画面", "description")
FILE_HEADS = ("file", "file name", "filename", "文件名", "文件", "名称", "name", "sku")


@dataclass(frozen=True, slots=True)
class WrongRow:
    """``inputs``: column, text, sentences about it."""

    cell: Cell
    inputs: Sequence[tuple[str, str, Sequence[str]]]
    errors: Sequence[str]


class Table:
    def __init__(self, request: MemberRequest, series: Series) -> None:
        self.request, self.series = request, series
        self.prompt_form = PromptForm.of(series.operation, request.user)
        self.operation = self.prompt_form.operation

    @cached_property
    def planner(self) -> Planner:
        return Planner(self.operation, self.series.requested_by, self.series.values)

    @cached_property
    def operation_form(self) -> OperationForm:
        return self.planner.form({})

    def read_mapping(self, data: QueryDict) -> None:
        """Of the posted form, into the series, unsaved."""
        columns = self.series.columns
        typed = data.get(PROMPT, "").replace("\r\n", "\n")
        self.series.values = {**self.series.values, PROMPT: [typed]}
        posted = {
            name: data.get(f"{series_axes.COLUMN}{name}", "")
            for name, _label in series_axes.column_fields(self.operation_form)
        }
        self.series.mapping = {n: c for n, c in posted.items() if c in columns}
        file_column = data.get("file_column", "")
        self.series.file_column = file_column if file_column in columns else ""

    def guess_mapping(self) -> None:
        """Columns called as a field, in either language; the prompt where it is
        empty."""
        series = self.series
        named = {column.casefold(): column for column in series.columns}
        for name, label in series_axes.column_fields(self.operation_form):
            found = named.get(name.casefold()) or named.get(label.casefold())
            if found:
                series.mapping.setdefault(name, found)
        series.file_column = series.file_column or _first(named, FILE_HEADS)
        if not drafts.prompt_of(series).strip():
            column = _first(named, PROMPT_HEADS) or next(
                (c for c in series.columns if c != series.file_column), ""
            )
            series.values = {**series.values, PROMPT: [f"{{{column}}}"]}

    def plan(self, cells: Sequence[Cell]) -> str:
        """Check and keep the rows. Returns why no plan could be made; else empty."""
        try:
            drafts.plan_rows(self.series, self.planner, cells)
        except (TooManyPrices, ProviderError) as error:
            return planning_words(self.series, self.operation.provider, error)
        return ""

    @property
    def unaccepted(self) -> list[Cell]:
        rows = self.series.cells.filter(generation=None)
        return list(rows.order_by("position"))

    @cached_property
    def price(self) -> SeriesPrice:
        ready = self.series.cells.ready()
        found = ready.aggregate(
            n=Count("pk"), cost=Sum("cost", default=0), pictures=Sum("pictures")
        )
        if not found["n"]:
            return SeriesPrice()
        unknown = drafts.unknown_columns(self.series)
        provider = self.operation.provider
        return SeriesPrice(
            requests=found["n"],
            price=preview(
                self.request, self.series, found["cost"], found["pictures"], provider
            ),
            troubles=[
                *unknown_columns_words(unknown),
                *over_cap(self.series, found["cost"]),
            ],
        )

    @cached_property
    def wrong_rows(self) -> list[WrongRow]:
        rows = self.series.cells.filter(generation=None, is_wrong=True)
        return [self.wrong_row(cell) for cell in rows.order_by("position")[:MOST_WRONG]]

    def wrong_row(self, cell: Cell) -> WrongRow:
        """Checked again, for sentences in the reader's language; without a price."""
        errors = self.planner.check(drafts.texts_of(self.series, cell.texts))[1]
        of_columns: dict[str, list[str]] = {}
        of_row: list[str] = []
        for name, found in errors.items():
            columns = self._columns_of(name)
            for column in columns:
                of_columns.setdefault(column, []).extend(found)
            if not columns:
                fields = self.operation_form.fields
                label = f"{fields[name].label}: " if name in fields else ""
                of_row += [f"{label}{each}" for each in found]
        shown = [c for c in self.series.columns if c in of_columns]
        inputs = [(c, cell.texts.get(c, ""), of_columns.get(c, ())) for c in shown]
        return WrongRow(cell, inputs or self._all_inputs(cell), of_row)

    def _all_inputs(self, cell: Cell) -> list[tuple[str, str, Sequence[str]]]:
        return [(c, cell.texts.get(c, ""), ()) for c in self.series.columns]

    def _columns_of(self, name: str) -> list[str]:
        if name == PROMPT:
            named = drafts.COLUMN.findall(drafts.prompt_of(self.series))
            return [c.strip() for c in named if c.strip() in self.series.columns]
        column = self.series.mapping.get(name)
        return [column] if column else []

    @property
    def samples(self) -> list[tuple[int, str, str]]:
        """Row, prompt, file name of the first rows that are ready."""
        rows = self.series.cells.ready()[:MOST_SAMPLES]
        return [(c.position, c.parameters.get(PROMPT, ""), c.file_name) for c in rows]

    @property
    def context(self) -> dict[str, Any]:
        form = self.operation_form
        wrong = self.series.cells.filter(generation=None, is_wrong=True).count()
        return {
            "series": self.series,
            "form": SeriesForm(instance=self.series),
            "prompt_form": self.prompt_form,
            "prompt": drafts.prompt_of(self.series),
            "has_prompt": PROMPT in form.fields,
            "columns": self.series.columns,
            "column_fields": [
                (f"{series_axes.COLUMN}{name}", label, self.series.mapping.get(name))
                for name, label in series_axes.column_fields(form)
            ],
            "found": self.price,
            "wrong_rows": self.wrong_rows,
            "wrong_count": wrong,
            "unshown_wrong": wrong - len(self.wrong_rows),
            "samples": self.samples,
        }


def _first(named: Mapping[str, str], heads: Sequence[str]) -> str:
    return next((named[head] for head in heads if head in named), "")
