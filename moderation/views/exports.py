"""Exports for a team's admins.

The address holds the filters. Rows are streamed as the database returns them.
"""

import datetime
from collections.abc import Iterable
from typing import Any

from django.http import (
    Http404,
    HttpResponse,
    JsonResponse,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, admins_only
from accounts.paging import page
from labels.models import Export
from log import verification
from moderation.forms import ExportForm
from moderation.models import Decision, DecisionQuerySet
from moderation.presenters.decision_export import as_json_lines, csv_rows, records
from moderation.presenters.rule_sentences import label_choices
from moderation.presenters.statements import statements
from net.request_values import day
from spend.csv_export import as_csv

#: Files that were handed out, on a page.
PAGE = 30


@require_GET
@admins_only
def exports(request: MemberRequest) -> HttpResponse:
    files = Export.objects.of_team(request.membership.team).select_related("by")
    is_clean = request.GET.get("files") != "all"
    if is_clean:
        files = files.filter(is_explicit=False)
    shown = {
        "form": _form(request, request.GET or None),
        "yesterday": timezone.localdate() - datetime.timedelta(days=1),
        "files": page(files, request.GET.get("before", ""), PAGE),
        "is_clean": is_clean,
    }
    return render(request, "moderation/exports.html", shown)


@require_GET
@admins_only
def decisions_csv(request: MemberRequest) -> StreamingHttpResponse:
    return as_csv("decisions", csv_rows(_chosen(request)))


@require_GET
@admins_only
def decisions_json(request: MemberRequest) -> StreamingHttpResponse:
    return _as_json("decisions", records(_chosen(request)))


@require_GET
@admins_only
def statements_json(request: MemberRequest) -> StreamingHttpResponse:
    found = statements(_chosen(request), request.build_absolute_uri)
    return _as_json("statements", found)


@require_GET
@admins_only
def day_hashes(request: MemberRequest) -> JsonResponse:
    """As ``manage.py day_hashes`` prints them; yesterday's without ``?day=…``."""
    sent = request.GET.get("day", "")
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    chosen = day(sent) if sent else yesterday
    if chosen is None:
        raise Http404
    found = verification.day_hashes(chosen, request.membership.team_id)
    return JsonResponse(
        found,
        safe=False,
        json_dumps_params={"indent": 2, "ensure_ascii": False},
        headers={"Content-Disposition": f'attachment; filename="log-{chosen}.json"'},
    )


def _chosen(request: MemberRequest) -> DecisionQuerySet:
    """Those that took effect. Raises Http404 for unreadable filters."""
    form = _form(request, request.GET)
    if not form.is_valid():
        raise Http404
    rows = Decision.objects.filter(artwork__team=request.membership.team)
    rows = rows.kept().exclude(grounds=["undone"])
    return rows.filter(**form.conditions()).exclude(review__status="decided")


def _form(request: MemberRequest, sent: QueryDict | None) -> ExportForm:
    """A label that no picture had lately can be asked for by its address."""
    labels = label_choices(request.membership.team_id)
    if (label := request.GET.get("label", "")[:40]) and label not in dict(labels):
        labels.append((label, label))
    return ExportForm(sent, labels=labels)


def _as_json(name: str, rows: Iterable[Any]) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        as_json_lines(rows),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}.json"'},
    )
