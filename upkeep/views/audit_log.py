"""Who changed what: a page and its CSV."""

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, admins_or_owners_only
from accounts.paging import page
from log.models import Change
from spend.csv_export import as_csv
from upkeep import audit_log as log
from upkeep.forms import AuditFilter
from upkeep.presenters import audit_log as presenter

PAGE = 50


@require_GET
@admins_or_owners_only
def audit_log(request: MemberRequest) -> HttpResponse:
    form, rows = _selected(request)
    found = page(rows, request.GET.get("before", ""), PAGE)
    shown = {"form": form, "lines": presenter.lines(found.rows), "older": found.older}
    status = 200 if form.is_valid() else 422
    return render(request, "upkeep/audit_log.html", shown, status=status)


@require_GET
@admins_or_owners_only
def audit_log_csv(request: MemberRequest) -> StreamingHttpResponse:
    _form, rows = _selected(request)
    return as_csv("audit-log", presenter.csv_rows(rows))


def _selected(request: MemberRequest) -> tuple[AuditFilter, QuerySet[Change]]:
    """No row for an invalid filter."""
    form = AuditFilter(request.GET)
    rows = log.visible_to(request.membership).select_related("by", "team")
    if not form.is_valid():
        return form, rows.none()
    return form, log.matching(rows, **form.cleaned_data)
