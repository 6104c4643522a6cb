"""Months of a team: statements, closing."""

import datetime

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, admins_only
from net.request_values import day
from spend import month_closing, reports
from spend.csv_export import as_csv
from spend.models import ClosedMonth
from spend.presenters import month_statements


@require_GET
@admins_only
def months(request: MemberRequest) -> HttpResponse:
    team = request.membership.team
    rows = ClosedMonth.objects.filter(team=team).select_related("closed_by")
    closed = {row.start: row for row in rows}
    found = month_closing.months(team, timezone.localdate())
    shown = {"months": [(month, closed.get(month)) for month in found]}
    return render(request, "spend/months.html", shown)


@require_GET
@admins_only
def closing(request: MemberRequest, month: str) -> HttpResponse:
    """What will be kept, and what is open still, before it is closed for good."""
    return _closing_page(request, _first_day(month))


@require_POST
@admins_only
def close_month(request: MemberRequest, month: str) -> HttpResponse:
    """Of a month that is typed once more."""
    first, typed = _first_day(month), request.POST.get("confirmation", "").strip()
    if typed != f"{first:%Y-%m}":
        return _closing_page(request, first, typed)
    try:
        month_closing.close(request.membership.team, first, by=request.user)
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
    """Closed: the kept statement; open: computed now."""
    team, first = request.membership.team, _first_day(month)
    closed = ClosedMonth.objects.filter(team=team, start=first).first()
    entries = (
        closed.statement
        if closed
        else month_closing.statement(team, reports.month_of(first))
    )
    rows = month_statements.with_rows(entries, reports.month_of(first))
    is_over = reports.month_of(first).end < timezone.localdate()
    shown = {"month": first, "closed": closed, "entries": rows, "is_over": is_over}
    return render(request, "spend/statement.html", shown)


@require_GET
@admins_only
def statement_csv(request: MemberRequest, month: str) -> StreamingHttpResponse:
    team, first = request.membership.team, _first_day(month)
    closed = get_object_or_404(ClosedMonth, team=team, start=first)
    return as_csv(f"statement-{first:%Y-%m}", month_statements.csv_rows(closed))


def _closing_page(
    request: MemberRequest, first: datetime.date, typed: str | None = None
) -> HttpResponse:
    """``typed``: not the month."""
    team, period = request.membership.team, reports.month_of(first)
    if ClosedMonth.objects.filter(team=team, start=period.start).exists():
        messages.info(request, _("Somebody closed it already."))
        return redirect("spend:months")
    if period.end >= timezone.localdate():
        messages.error(request, _("This month is not over yet."))
        return redirect("spend:months")
    entries = month_closing.statement(team, period)
    shown = {
        "month": period.start,
        "end": period.end,
        "entries": month_statements.with_rows(entries, period),
        "unsettled": month_closing.unsettled(team, period.end),
        "typed": typed,
    }
    status = 200 if typed is None else 422
    return render(request, "spend/closing.html", shown, status=status)


def _first_day(month: str) -> datetime.date:
    first = day(f"{month}-01")
    if first is None:
        raise Http404
    return first
