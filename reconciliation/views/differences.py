"""One difference: both books, evidence, two ways to close it.

An explanation can be undone. A transfer cannot: it is asked for twice.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, owners_only
from generation.models import Generation
from reconciliation import resolution
from reconciliation.forms import ClosingForm
from reconciliation.models import Difference
from reconciliation.presenters import evidence_facts
from reconciliation.resolution import BooksMoved, NotClosed
from spend.models import Transfer


@require_GET
@never_cache
@owners_only
def difference(request: MemberRequest, pk: int) -> HttpResponse:
    return _page(request, _difference(pk), _form(request))


@require_POST
@owners_only
def close_difference(request: MemberRequest, pk: int) -> HttpResponse:
    found, form = _difference(pk), ClosingForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    note = form.cleaned_data["note"]
    payer = form.cleaned_data["person"] or request.membership
    is_transfer = request.POST.get("how") == "transfer"
    agreed = f"{found.amount}:{payer.pk}"
    can_ask = is_transfer and found.is_open and resolution.can_transfer(found)
    if can_ask and request.POST.get("agreed") != agreed:
        asked = {"payer": payer, "agreed": agreed}
        return _page(request, found, form, status=422, asked=asked)
    try:
        if is_transfer:
            resolution.close_by_transfer(
                found,
                by=request.user,
                team=payer.team,
                person=payer.user,
                note=note,
            )
        else:
            resolution.explain(found, by=request.user, note=note)
    except BooksMoved:
        words = _("The gateway's cost was booked meanwhile. Nothing was changed.")
        messages.warning(request, words)
    except NotClosed:
        messages.warning(request, _("It was closed already. Nothing was changed."))
    else:
        messages.success(request, _("The difference is closed."))
    return redirect("reconciliation:difference", pk)


@require_POST
@owners_only
def reopen(request: MemberRequest, pk: int) -> HttpResponse:
    """A transfer is final."""
    try:
        resolution.reopen(_difference(pk), by=request.user)
    except NotClosed:
        messages.warning(request, _("This cannot be undone."))
    else:
        messages.success(request, _("The difference is open again."))
    return redirect("reconciliation:difference", pk)


def _difference(pk: int) -> Difference:
    related = ("account", "run", "task__generation", "team")
    return get_object_or_404(Difference.objects.select_related(*related), pk=pk)


def _form(request: MemberRequest) -> ClosingForm:
    return ClosingForm(initial={"person": request.membership.pk})


def _page(
    request: MemberRequest,
    found: Difference,
    form: ClosingForm,
    status: int = 200,
    asked: dict[str, Any] | None = None,
) -> HttpResponse:
    """``asked``: who pays for a transfer that waits for the second press."""
    steps = list(found.steps.select_related("by").order_by("pk"))
    references = [found.reference]
    if found.task:
        references.append(found.task.reference)
    transfers = Transfer.objects.filter(reference__in=references).order_by("pk")
    of_task = found.task.generation_id if found.task else 0
    visible = Generation.objects.visible_to(request.user).filter(pk=of_task)
    others = Difference.objects.filter(account=found.account_id, key=found.key)
    context = {
        "difference": found,
        "can_open": visible.exists(),
        "facts": list(evidence_facts(found)),
        "steps": steps,
        "can_reopen": bool(steps) and steps[-1].action == "explain",
        "can_transfer": found.is_open and resolution.can_transfer(found),
        "transfers": transfers,
        "others": others.exclude(pk=found.pk) if found.key else [],
        "form": form,
        "asked": asked,
    }
    return render(request, "reconciliation/difference.html", context, status=status)
