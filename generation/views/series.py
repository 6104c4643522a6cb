"""Series: their list, the page of each, and what moves one as a whole."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import MemberRequest
from accounts.paging import page
from generation import tasks, uploads
from generation.forms import store_files
from generation.lifecycle import series_steering
from generation.models import Series
from generation.operations.base_form import OperationForm
from generation.operations.fields import UploadField
from generation.presenters import blanks
from generation.presenters.prompt_form import PromptForm, configured_operations
from generation.presenters.series_matrix import Matrix
from generation.presenters.series_sheet import Sheet
from generation.presenters.series_table import Table
from generation.series import drafts
from generation.views.submit import refuse
from net.request_body import takes

PAGE = 30


@require_GET
@vary_on_headers("HX-Request")
def series_list(request: MemberRequest) -> HttpResponse:
    seen = Series.objects.visible_to(request.user)
    rows = seen.in_team(request.membership.team).select_related("requested_by")
    found = page(rows, request.GET.get("before", ""), PAGE)
    context = {"series": found.rows, "older": found.older}
    name = "_series_rows" if request.htmx else "series_list"
    return render(request, f"generation/{name}.html", context)


@takes(uploads.MOST_BYTES_AT_ONCE)
@require_POST
def new_series(request: MemberRequest) -> HttpResponse:
    """A draft from the form of the create page, with all that was typed there."""
    slug, data = request.POST.get("operation", ""), request.POST.copy()
    prompt_form = PromptForm.of(slug, request.user)
    if prompt_form.operation.trains_avatar:
        raise Http404
    blanks.fill(data, prompt_form.operation.form_class)
    form = prompt_form.bound(data)
    for name, errors in store_files(request, data, form.fields).items():
        for error in errors:
            form.add_error(name, error)
    if prompt_form.operation.slug != slug:
        form.add_error(None, _("That is not offered any more. Choose again."))
        return refuse(request, prompt_form, form, data)
    if any(isinstance(form.fields.get(n), UploadField) for n in form.errors):
        return refuse(request, prompt_form, form, data)
    made = drafts.begin(
        operation=prompt_form.operation,
        values=_values(form, data),
        requested_by=request.user,
        team=request.membership.team,
        submit_key=_key(data),
    )
    address = reverse("generation:series", args=[made.pk])
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _key(data: QueryDict) -> UUID:
    try:
        return UUID(data.get("submit_key", ""))
    except ValueError:
        return uuid4()


def _values(form: OperationForm, data: QueryDict) -> dict[str, list[str]]:
    """Of the form's own fields alone, each as posted."""
    return {
        name: data.getlist(name)
        for name in data
        if name.partition(":")[0] in form.base_fields
    }


@require_GET
@never_cache
@vary_on_headers("HX-Request")
def series(request: MemberRequest, pk: int) -> HttpResponse:
    """A draft's form, as a matrix or a table; else the contact sheet."""
    row = visible(request, pk)
    if row.status == Series.Status.DRAFT:
        return _draft(request, row)
    sheet = Sheet(request, row)
    context: dict[str, Any] = {"series": row, "sheet": sheet}
    if request.htmx:
        if request.GET.get("seen") == sheet.poll_cursor:
            return HttpResponse(status=204)
        return render(request, "generation/_series_sheet.html", context)
    is_own = row.requested_by_id == request.user.pk
    context["submit_key"] = uuid4()
    if sheet.counts.wrong and is_own and row.is_open:
        context |= Table(request, row).context
    return render(request, "generation/series.html", context | {"is_own": is_own})


def _draft(request: MemberRequest, row: Series) -> HttpResponse:
    own(request, row.pk)
    if row.operation not in configured_operations():
        raise Http404
    kind = request.GET.get("kind", row.kind)
    if kind == Series.Kind.TABLE:
        context = Table(request, row).context
        return render(request, "generation/series_table.html", context)
    context = Matrix(request, row).context
    return render(request, "generation/series_matrix.html", context)


@require_POST
def pause_series(request: MemberRequest, pk: int) -> HttpResponse:
    said = _("Paused. What is at the gateway already will be finished.")
    return _steer(request, pk, series_steering.pause, said)


@require_POST
def resume_series(request: MemberRequest, pk: int) -> HttpResponse:
    return _steer(request, pk, series_steering.resume, _("Resumed."))


def _steer(
    request: MemberRequest, pk: int, act: Callable[[Series], bool], said: str
) -> HttpResponse:
    if act(own(request, pk)):
        tasks.nudge()
        messages.success(request, said)
    else:
        messages.warning(request, _("It was changed meanwhile. Nothing was done."))
    return redirect("generation:series", pk)


@require_POST
def cancel_series(request: MemberRequest, pk: int) -> HttpResponse:
    ended = series_steering.cancel(own(request, pk))
    if ended is None:
        messages.warning(request, _("It was changed meanwhile. Nothing was done."))
    else:
        words = ngettext(
            "%(number)s waiting request was cancelled; its reservation is released.",
            "%(number)s waiting requests were cancelled; their reservations are "
            "released.",
            ended,
        )
        messages.success(request, words % {"number": ended})
    return redirect("generation:series", pk)


@require_POST
def repeat_series(request: MemberRequest, pk: int) -> HttpResponse:
    """A new draft of what failed or was cancelled, to be looked at and confirmed."""
    row = own(request, pk)
    if row.operation not in configured_operations():
        raise Http404
    made = drafts.again(row, submit_key=_key(request.POST))
    if made is None:
        messages.warning(request, _("It was changed meanwhile. Nothing was done."))
        return redirect("generation:series", pk)
    table = Table(request, made)
    if trouble := table.plan(table.unaccepted):
        messages.error(request, trouble)
    return redirect("generation:series", made.pk)


@require_POST
def discard_series(request: MemberRequest, pk: int) -> HttpResponse:
    if drafts.discard(own(request, pk)):
        messages.success(request, _("The draft is gone. Nothing was paid."))
        return redirect("generation:series_list")
    messages.warning(request, _("It was changed meanwhile. Nothing was done."))
    return redirect("generation:series", pk)


def visible(request: MemberRequest, pk: int) -> Series:
    rows = Series.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("team", "requested_by"), pk=pk)


def own(request: MemberRequest, pk: int) -> Series:
    row = visible(request, pk)
    if row.requested_by_id != request.user.pk:
        raise Http404
    return row
