"""Decisions as CSV and JSON, statements of reasons, and the last hash of a day's log:
for a team's admins. The filters stand in the address; rows stream as they are read."""

import datetime
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, admins_only
from log import verification
from moderation.forms import ExportForm
from moderation.models import Decision, DecisionQuerySet
from moderation.presenters.statements import statements
from spend.csv_export import as_csv

CHUNK = 1000
#: Names of the export → where they stand.
COLUMNS = {
    "decision": "pk",
    "decided_at": "decided_at",
    "artwork": "artwork",
    "generation": "artwork__generation",
    "action": "action",
    "reason": "reason",
    "note": "note",
    "text": "text",
    "grounds": "grounds",
    "decided_by": "decided_by__username",
    "cause": "review__cause",
    "label": "review__label",
    "rate": "review__rate",
    "opened_at": "review__claimed_at",
    "verdict": "artwork__verdict",
    "sha256": "artwork__sha256",
}


@require_GET
@admins_only
def exports(request: MemberRequest) -> HttpResponse:
    shown = {
        "form": ExportForm(request.GET or None),
        "yesterday": timezone.localdate() - datetime.timedelta(days=1),
    }
    return render(request, "moderation/exports.html", shown)


@require_GET
@admins_only
def decisions_csv(request: MemberRequest) -> StreamingHttpResponse:
    return as_csv("decisions", _cells(_rows(_chosen(request))))


@require_GET
@admins_only
def decisions_json(request: MemberRequest) -> StreamingHttpResponse:
    rows = _rows(_chosen(request))
    return _as_json("decisions", (dict(zip(COLUMNS, row, strict=True)) for row in rows))


@require_GET
@admins_only
def statements_json(request: MemberRequest) -> StreamingHttpResponse:
    found = statements(_chosen(request), request.build_absolute_uri)
    return _as_json("statements", found)


@require_GET
@admins_only
def day_hashes(request: MemberRequest) -> JsonResponse:
    """As ``manage.py day_hashes`` prints it; yesterday, where no day is asked for."""
    asked = request.GET.get("day", "")
    try:
        yesterday = timezone.localdate() - datetime.timedelta(days=1)
        day = datetime.date.fromisoformat(asked) if asked else yesterday
    except ValueError as error:
        raise Http404 from error
    found = verification.day_hashes(day, request.membership.team_id)
    return JsonResponse(
        found,
        safe=False,
        json_dumps_params={"indent": 2, "ensure_ascii": False},
        headers={"Content-Disposition": f'attachment; filename="log-{day}.json"'},
    )


def _chosen(request: MemberRequest) -> DecisionQuerySet:
    """What took effect; an address that cannot be read shows nothing."""
    form = ExportForm(request.GET)
    if not form.is_valid():
        raise Http404
    rows = Decision.objects.filter(artwork__team=request.membership.team)
    rows = rows.kept().exclude(grounds=["undone"])
    return rows.filter(**form.conditions()).exclude(review__status="decided")


def _rows(chosen: DecisionQuerySet) -> Iterator[tuple[Any, ...]]:
    """The newest first."""
    rows = chosen.order_by("-pk").values_list(*COLUMNS.values())
    for row in rows.iterator(chunk_size=CHUNK):
        yield tuple(_local(cell) for cell in row)


def _local(cell: Any) -> Any:
    """Times in the portal's time zone, to the second."""
    if isinstance(cell, datetime.datetime):
        return timezone.localtime(cell).isoformat(timespec="seconds")
    return cell


def _cells(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[object]]:
    yield list(COLUMNS)
    for row in rows:
        yield ["; ".join(cell) if isinstance(cell, list) else cell for cell in row]


def _as_json(name: str, rows: Iterable[Any]) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        _written(rows),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}.json"'},
    )


def _written(rows: Iterable[Any]) -> Iterator[str]:
    """One list, a row a line."""
    before = "["
    for row in rows:
        yield f"{before}\n{json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)}"
        before = ","
    yield f"{before if before == '[' else ''}\n]\n"
