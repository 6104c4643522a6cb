"""A draft's matrix: its plan while it is typed, and its one confirmation."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.access import MemberRequest
from generation import tasks
from generation.models import Series
from generation.presenters.prompt_form import configured_operations
from generation.presenters.series_matrix import Matrix
from generation.presenters.series_price import NOT_ACCEPTED, refusal_words
from generation.series import drafts
from generation.views.series import own
from net.request_values import number


@require_POST
def plan_matrix(request: MemberRequest, pk: int) -> HttpResponse:
    """Number and price, before anything is paid. What was typed is kept."""
    matrix = _matrix(request, pk)
    if matrix.is_valid:
        drafts.keep(matrix.series, matrix.axes)
    context = {"series": matrix.series, "found": matrix.price}
    if request.htmx:
        return render(request, "generation/_series_price.html", context)
    context |= matrix.context
    return render(request, "generation/series_matrix.html", context)


@require_POST
def accept_matrix(request: MemberRequest, pk: int) -> HttpResponse:
    """``confirmed``: the total that the person saw."""
    row = own(request, pk)
    if row.status != Series.Status.DRAFT:  # pressed twice
        return redirect("generation:series", pk)
    matrix = _matrix(request, pk)
    said = ""
    if matrix.is_valid and matrix.price.is_acceptable:
        try:
            drafts.accept_matrix(
                matrix.series,
                matrix.axes,
                matrix.planned,
                confirmed=number(request.POST.get("confirmed", "")) or 0,
            )
        except NOT_ACCEPTED as error:
            said = refusal_words(matrix.series, error)
        else:
            tasks.nudge()
            return redirect("generation:series", pk)
    context = matrix.context | {"found": matrix.price, "refusal": said}
    return render(request, "generation/series_matrix.html", context, status=422)


def _matrix(request: MemberRequest, pk: int) -> Matrix:
    row = own(request, pk)
    is_draft = row.status == Series.Status.DRAFT
    if not is_draft or row.operation not in configured_operations():
        raise Http404
    return Matrix(request, row)
