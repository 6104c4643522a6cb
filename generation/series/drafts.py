"""What a draft keeps until it is accepted: a matrix, or the rows of a table."""

import re
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID, uuid4

from django.db import transaction

from accounts.models import Team, User
from generation.models import Cell, Generation, Series
from generation.operations.base import Operation
from generation.series import accepting, axes
from generation.series.axes import PROMPT
from generation.series.planning import PlannedCell, Planner

Status = Series.Status
#: ``{column}`` in the prompt of a table.
COLUMN = re.compile(r"\{([^{}|]+)\}")
#: Longest name of a file, without extension.
LONGEST_FILE_NAME = 100
#: No file system takes these, or Windows does not.
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')


def begin(
    *,
    operation: Operation,
    values: Mapping[str, Sequence[str]],
    requested_by: User,
    team: Team,
    submit_key: UUID,
) -> Series:
    """A draft with the form's values, one for each form: posted again, it has the new
    ones. A form that was accepted as a series begins another."""
    known = Series.objects.filter(requested_by=requested_by, submit_key=submit_key)
    new = {"operation": operation.slug, "values": dict(values), "axes": []}
    if found := known.first():
        if found.team_id == team.pk and found.status == Status.DRAFT:
            Series.objects.filter(pk=found.pk, status=Status.DRAFT).update(**new)
            return found
        submit_key = uuid4()
    return Series.objects.create(
        requested_by=requested_by,
        team=team,
        submit_key=submit_key,
        unit=operation.unit,
        **new,
    )


def again(series: Series, *, submit_key: UUID) -> Series | None:
    """A draft of a table with the cells that came to nothing, for they are sent again
    by no machine; a matrix has a column for the prompt and each field. None: there are
    none of them."""
    ended = series.cells.filter(generation__status__in=Generation.UNSUCCESSFUL)
    cells = list(ended.order_by("position"))
    if not cells:
        return None
    is_table = series.kind == Series.Kind.TABLE
    columns = series.columns if is_table else list(cells[0].texts)
    own = {PROMPT: [f"{{{PROMPT}}}"]} if PROMPT in columns else {}
    fields = {name: name for name in columns if name != PROMPT}
    with transaction.atomic():
        made, is_new = Series.objects.get_or_create(
            requested_by=series.requested_by,
            submit_key=submit_key,
            defaults={
                "team": series.team,
                "name": series.name,
                "kind": Series.Kind.TABLE,
                "operation": series.operation,
                "unit": series.unit,
                "values": series.values if is_table else {**series.values, **own},
                "columns": columns,
                "mapping": series.mapping if is_table else fields,
                "file_column": series.file_column,
            },
        )
        if is_new:
            Cell.objects.bulk_create(
                Cell(series=made, position=cell.position, texts=cell.texts)
                for cell in cells
            )
    return made


def discard(series: Series) -> bool:
    """False: it was accepted meanwhile."""
    with transaction.atomic():
        rows = Series.objects.filter(pk=series.pk, status=Status.DRAFT)
        if not rows.select_for_update().exists():
            return False
        series.cells.all().delete()
        rows.delete()
        return True


def accept_matrix(
    series: Series,
    chosen: Sequence[axes.Axis],
    planned: Sequence[PlannedCell],
    *,
    confirmed: int,
) -> int:
    """Write the cells of a draft and accept them. Raises as `accepting.accept`."""
    with transaction.atomic():
        drafts = Series.objects.filter(pk=series.pk, status=Status.DRAFT)
        if not drafts.update(
            kind=Series.Kind.MATRIX,
            name=series.name,
            cap=series.cap,
            values=series.values,
            axes=[axis.kept for axis in chosen],
            unit=_unit(series, planned),
        ):
            return 0
        series.cells.all().delete()
        Cell.objects.bulk_create(
            _of_plan(
                Cell(series=series, position=position, texts=dict(each.texts)), each
            )
            for position, each in enumerate(planned)
        )
        series.refresh_from_db()
        return accepting.accept(series, confirmed=confirmed)


# --- Tables


def take_rows(
    series: Series, columns: Sequence[str], rows: Iterable[tuple[int, dict[str, str]]]
) -> None:
    """Replace the rows of a draft. ``rows``: number in the file, column → text."""
    series.kind, series.columns = Series.Kind.TABLE, list(columns)
    series.mapping = {n: c for n, c in series.mapping.items() if c in columns}
    if series.file_column not in columns:
        series.file_column = ""
    with transaction.atomic():
        series.save(update_fields=["kind", "columns", "mapping", "file_column"])
        series.cells.all().delete()
        Cell.objects.bulk_create(
            Cell(series=series, position=number, texts=texts) for number, texts in rows
        )


def texts_of(series: Series, row: Mapping[str, str]) -> dict[str, str]:
    """Field → text of a row: mapped columns, and the prompt with its columns filled
    in. An empty text leaves what all rows have in common."""
    found = {
        name: row[column]
        for name, column in series.mapping.items()
        if row.get(column, "").strip()
    }
    return found | {PROMPT: filled(prompt_of(series), row)}


def prompt_of(series: Series) -> str:
    return str(next(iter(series.values.get(PROMPT) or ()), ""))


def filled(template: str, row: Mapping[str, str]) -> str:
    """Cut off where every form refuses it: a column may be named thousands of times."""
    most = axes.LONGEST_TEMPLATE
    if len(template) > most:
        return template
    parts, size, at = [], 0, 0
    for match in COLUMN.finditer(template):
        parts += [template[at : match.start()], row.get(match[1].strip(), match[0])]
        size, at = size + len(parts[-2]) + len(parts[-1]), match.end()
        if size > most:
            break
    return "".join((*parts, template[at:])).strip()


def unknown_columns(series: Series) -> list[str]:
    """Named in the prompt, and not in the table."""
    named = [name.strip() for name in COLUMN.findall(prompt_of(series))]
    return [name for name in dict.fromkeys(named) if name not in series.columns]


def plan_rows(series: Series, planner: Planner, cells: Sequence[Cell]) -> None:
    """Check and price rows that were not accepted; keep the outcome. Raises as
    `Planner.plan_all`."""
    planned = planner.plan_all(texts_of(series, cell.texts) for cell in cells)
    for cell, plan in zip(cells, planned, strict=True):
        _of_plan(cell, plan)
        cell.file_name = file_name(cell.texts.get(series.file_column, ""))
    with transaction.atomic():
        Series.objects.filter(pk=series.pk).update(unit=_unit(series, planned))
        # Locked: none of them is accepted with what it was before.
        open_cells = Cell.objects.select_for_update().filter(generation=None)
        still = set(open_cells.filter(series=series).values_list("pk", flat=True))
        Cell.objects.bulk_create(
            [cell for cell in cells if cell.pk in still],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[
                *("texts", "parameters", "pictures", "cost", "is_wrong", "file_name")
            ],
        )


def file_name(text: str) -> str:
    """Without what no file system takes; empty where nothing is left."""
    return _NOT_IN_NAMES.sub("_", text).strip(" ._")[:LONGEST_FILE_NAME]


def _of_plan(cell: Cell, plan: PlannedCell) -> Cell:
    cell.parameters, cell.pictures = dict(plan.cleaned), plan.pictures
    cell.cost, cell.is_wrong = plan.cost, bool(plan.errors)
    return cell


def _unit(series: Series, planned: Sequence[PlannedCell]) -> str:
    quotes = (each.quote for each in planned if each.quote)
    quoted = next(quotes, None)
    return quoted.unit.value if quoted else series.unit


def keep(series: Series, chosen: Sequence[axes.Axis] | None = None) -> None:
    """What was typed, while it is a draft."""
    typed = {
        "name": series.name,
        "cap": series.cap,
        "values": series.values,
        "mapping": series.mapping,
        "file_column": series.file_column,
    }
    if chosen is not None:
        typed["axes"] = [axis.kept for axis in chosen]
    Series.objects.filter(pk=series.pk).exclude(status=Status.CANCELLED).update(**typed)
