"""A series from a table: its rows, their mapping, rows to mend, the confirmation."""

from django.contrib import messages
from django.core.files.base import File
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import MemberRequest
from generation import tasks
from generation.forms import SeriesForm
from generation.models import Series
from generation.presenters.prompt_form import configured_operations
from generation.presenters.series_price import NOT_ACCEPTED, refusal_words
from generation.presenters.series_table import Table
from generation.series import accepting, drafts, sheets
from generation.views.series import own
from net.request_body import takes
from net.request_values import number, storable


@takes(sheets.MOST_BYTES + 64 * 1024)
@require_POST
def upload_table(request: MemberRequest, pk: int) -> HttpResponse:
    """A file, or cells that were pasted; they replace the draft's rows."""
    table = _table(request, pk)
    if table.series.status != Series.Status.DRAFT:
        raise Http404
    file, pasted = request.FILES.get("table"), request.POST.get("rows", "")
    try:
        sheet = _read(file, pasted)
    except sheets.NotRead as error:
        context = table.context | {"not_read": error.message, "pasted": pasted}
        return _page(request, context, status=422)
    drafts.take_rows(table.series, sheet.columns, sheet.rows)
    table.guess_mapping()
    drafts.keep(table.series)
    return _planned(request, table)


def _read(file: "File[bytes] | None", pasted: str) -> sheets.Sheet:
    if file is None:
        return sheets.read_text(pasted)
    return sheets.read(file.read(sheets.MOST_BYTES + 1))


@require_POST
def map_table(request: MemberRequest, pk: int) -> HttpResponse:
    """What the columns are for. All rows that were not accepted are checked anew."""
    table = _table(request, pk)
    table.read_mapping(request.POST)
    form = SeriesForm(request.POST, instance=table.series)
    if not form.is_valid():
        context = table.context | {"form": form}
        return _page(request, context, status=422)
    drafts.keep(table.series)
    return _planned(request, table)


def _planned(request: MemberRequest, table: Table) -> HttpResponse:
    if trouble := table.plan(table.unaccepted):
        messages.error(request, trouble)
    address = reverse("generation:series", args=[table.series.pk])
    return redirect(f"{address}?kind=table")


@require_POST
def mend_row(request: MemberRequest, pk: int, position: int) -> HttpResponse:
    """Other texts for some columns of one row that was not accepted."""
    table = _table(request, pk)
    rows = table.series.cells.filter(generation=None)
    cell = get_object_or_404(rows, position=position)
    for column in table.series.columns:
        if f"text:{column}" in request.POST:
            typed = storable(request.POST[f"text:{column}"])
            cell.texts[column] = typed.strip()[: sheets.LONGEST_TEXT]
    if trouble := table.plan([cell]):
        messages.error(request, trouble)
    if not request.htmx:
        return redirect("generation:series", pk)
    return render(request, "generation/_series_mended.html", table.context)


@require_POST
def accept_table(request: MemberRequest, pk: int) -> HttpResponse:
    """``confirmed``: the total that the person saw. Wrong rows stay for later."""
    table = _table(request, pk)
    if table.price.troubles:
        return _page(request, table.context, status=422)
    try:
        confirmed = number(request.POST.get("confirmed", "")) or 0
        accepting.accept(table.series, confirmed=confirmed)
    except NOT_ACCEPTED as error:
        said = refusal_words(table.series, error)
        context = Table(request, table.series).context | {"refusal": said}
        return _page(request, context, status=422)
    tasks.nudge()
    return redirect("generation:series", pk)


def _page(
    request: MemberRequest, context: dict[str, object], status: int
) -> HttpResponse:
    return render(request, "generation/series_table.html", context, status=status)


def _table(request: MemberRequest, pk: int) -> Table:
    row = own(request, pk)
    if not row.is_open or row.operation not in configured_operations():
        raise Http404
    return Table(request, row)
