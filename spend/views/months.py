"""Months of the books: closed once, with a statement that stays."""

import datetime
from collections.abc import Iterator

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, admins_only
from spend import month_closing, reports
from spend.csv_export import as_csv
from spend.models import ClosedMonth, LedgerAccount


@require_GET
@admins_only
def months(request: MemberRequest) -> HttpResponse:
    team = request.membership.team
    rows = ClosedMonth.objects.filter(team=team).select_related("closed_by")
    closed = {row.start: row for row in rows}
    found = month_closing.months(team, timezone.localdate())
    shown = {"months": [(month, closed.get(month)) for month in found]}
    return render(request, "spend/months.html", shown)


@require_POST
@admins_only
def close_month(request: MemberRequest, month: str) -> HttpResponse:
    try:
        month_closing.close(request.membership.team, _first_day(month), by=request.user)
    except month_closing.StillRunning:
        messages.error(request, _("This month is not over yet."))
    except IntegrityError:
        messages.info(request, _("Somebody closed it already."))
    else:
        messages.success(request, _("The month is closed."))
    return redirect("spend:months")


@require_GET
@admins_only
def statement(request: MemberRequest, month: str) -> HttpResponse:
    """Closed: as it was then. Else as it is now, and said so."""
    team, first = request.membership.team, _first_day(month)
    closed = ClosedMonth.objects.filter(team=team, start=first).first()
    entries = (
        closed.statement
        if closed
        else month_closing.statement(team, reports.month_of(first))
    )
    shown = {"month": first, "closed": closed, "entries": _with_words(entries)}
    return render(request, "spend/statement.html", shown)


@require_GET
@admins_only
def statement_csv(request: MemberRequest, month: str) -> StreamingHttpResponse:
    team, first = request.membership.team, _first_day(month)
    closed = get_object_or_404(ClosedMonth, team=team, start=first)
    return as_csv(f"statement-{first:%Y-%m}", _csv_rows(closed))


def _first_day(month: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise Http404 from error


def _with_words(entries: list[month_closing.Entry]) -> list[month_closing.Entry]:
    kinds = LedgerAccount.Kind
    return [
        entry | {"rows": [(kinds(kind).label, each) for kind, each in _in_order(entry)]}
        for entry in entries
    ]


def _in_order(entry: month_closing.Entry) -> list[tuple[str, dict[str, int]]]:
    """As money goes through them: PostgreSQL keeps no order of what it stores."""
    found = entry["accounts"]
    return [(kind, found[kind]) for kind in LedgerAccount.Kind.values if kind in found]


def _csv_rows(closed: ClosedMonth) -> Iterator[list[object]]:
    yield [_("gateway"), _("unit"), _("account"), *month_closing.COLUMNS]
    for entry in closed.statement:
        for kind, each in _in_order(entry):
            own = [each[name] for name in month_closing.COLUMNS]
            yield [entry["gateway"], entry["unit"], kind, *own]
