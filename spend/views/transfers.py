"""Transfers behind a number, newest first."""

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, admins_only
from accounts.paging import page
from spend.csv_export import as_csv
from spend.presenters import transfer_list

PAGE = 50


@require_GET
@admins_only
def transfers(request: MemberRequest) -> HttpResponse:
    found = transfer_list.selected(request)
    rows = found.rows.select_related("user", "source", "destination")
    shown = page(rows, request.GET.get("before", ""), PAGE)
    for row in shown.rows:
        row.sign = found.sign(row)  # type: ignore[attr-defined]  # for the template
    context = {
        "page": shown,
        "found": found,
        "form": found.form,
        "filters": found.filters,
        "chips": found.chips(request.GET, request.membership.team),
        "sum": found.sum,
        "account": found.account_words,
    }
    status = 422 if found.form.errors else 200
    return render(request, "spend/transfers.html", context, status=status)


@require_GET
@admins_only
def transfers_csv(request: MemberRequest) -> StreamingHttpResponse:
    """Nothing for days that are none."""
    rows = transfer_list.selected(request).rows
    return as_csv("transfers", transfer_list.csv_rows(rows))
