"""Work at risk, for admins: unarchived pictures, tasks that do not end.

Admins fetch or poll again, or close an overdue task.
"""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, admins_only
from accounts.paging import page
from gateways import result_retention
from gateways.clients import is_configured
from generation import archive, lifecycle
from generation.models import Artwork, ProviderTask
from generation.presenters.at_risk import UnarchivedArtwork, lingering, unarchived

PAGE = 20
#: Counting stops here: "1 000+".
MOST_COUNTED = 1000
#: Posted answer → whether the task was paid.
ANSWERS = {"paid": True, "unpaid": False}


@require_GET
@never_cache
@admins_only
def at_risk(request: MemberRequest) -> HttpResponse:
    team, before = request.membership.team, request.GET.get("before", "")
    context: dict[str, Any] = {
        "pictures": unarchived(team)[: MOST_COUNTED + 1].count(),
        "tasks": lingering(team)[: MOST_COUNTED + 1].count(),
        "most": MOST_COUNTED,
        "is_tasks": request.GET.get("show") == "tasks",
        "undocumented": [
            (provider, result_retention.setting(provider))
            for provider in result_retention.undocumented()
        ],
    }
    if context["is_tasks"]:
        tasks = page(_with_evidence(lingering(team)), before, PAGE)
        context |= {"shown": tasks.rows, "older": tasks.older}
    else:
        rows = unarchived(team).select_related("generation__requested_by")
        artworks = page(rows.select_related("task__account"), before, PAGE)
        shown = [UnarchivedArtwork.of(artwork) for artwork in artworks.rows]
        context |= {"shown": shown, "older": artworks.older}
    return render(request, "generation/at_risk.html", context)


def _with_evidence(tasks: QuerySet[ProviderTask]) -> QuerySet[ProviderTask]:
    return tasks.select_related(
        "account", "closed_by", "generation__requested_by", "generation__account"
    )


# --- Actions


@require_POST
@admins_only
def fetch(request: MemberRequest, pk: int) -> HttpResponse:
    rows = Artwork.objects.in_team(request.membership.team)
    rows = rows.select_related("generation__requested_by", "task__account")
    artwork = get_object_or_404(rows, pk=pk)
    if archive.fetch_again(artwork):
        messages.success(request, _("Fetching it now."))
    else:
        messages.success(request, _("It is already archived."))
    if not request.htmx:
        return redirect("generation:at_risk")
    artwork.refresh_from_db()
    context = {"risk": UnarchivedArtwork.of(artwork)}
    return render(request, "generation/_fetched.html", context)


@require_POST
@admins_only
def look(request: MemberRequest, pk: int) -> HttpResponse:
    task = _task(request, pk)
    lifecycle.make_due(task.generation)
    if is_configured(task.account):
        messages.success(request, _("Asking the gateway now."))
    else:
        message = _("The credentials of this account were removed: nobody can ask.")
        messages.warning(request, message)
    return _task_response(request, task)


@require_POST
@admins_only
def close_task(request: MemberRequest, pk: int) -> HttpResponse:
    task, answer = _task(request, pk), request.POST.get("answer", "")
    if answer not in ANSWERS:
        raise Http404
    was_paid = ANSWERS[answer]
    if lifecycle.close_task(task, was_paid=was_paid, closed_by=request.user):
        message = _("Closed: charged.") if was_paid else _("Closed: not charged.")
        messages.success(request, message)
    else:
        message = _("It was already answered or closed. Nothing was changed.")
        messages.warning(request, message)
    return _task_response(request, task)


def _task(request: MemberRequest, pk: int) -> ProviderTask:
    rows = ProviderTask.objects.filter(generation__team=request.membership.team)
    return get_object_or_404(_with_evidence(rows), pk=pk)


def _task_response(request: MemberRequest, task: ProviderTask) -> HttpResponse:
    if not request.htmx:
        return redirect("generation:detail", pk=task.generation_id)
    row = _with_evidence(ProviderTask.objects.filter(pk=task.pk)).get()
    return render(request, "generation/_task_changed.html", {"task": row})
