"""Uncertain generations, for admins: evidence, and two ways to close each."""

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, admins_only
from accounts.paging import page
from generation import lifecycle
from generation.models import Generation
from generation.presenters.uncertain_evidence import evidence, with_evidence

PAGE = 12
#: Posted answer → whether the generation was paid.
ANSWERS = {"paid": True, "unpaid": False}


@require_GET
@never_cache
@admins_only
def uncertain(request: MemberRequest) -> HttpResponse:
    rows = Generation.objects.in_team(request.membership.team).uncertain()
    found = page(with_evidence(rows), request.GET.get("before", ""), PAGE)
    context = {"shown": list(evidence(found.rows)), "older": found.older}
    return render(request, "generation/uncertain.html", context)


@require_POST
@admins_only
def close(request: MemberRequest, pk: int) -> HttpResponse:
    rows = Generation.objects.in_team(request.membership.team)
    rows = rows.select_related("team", "requested_by", "account")
    was_lost = Q(status=Generation.Status.UNCERTAIN) | Q(submit_recovery__isnull=False)
    generation = get_object_or_404(rows.filter(was_lost), pk=pk)
    answer = request.POST.get("answer", "")
    if answer not in ANSWERS:
        raise Http404
    was_paid = ANSWERS[answer]
    if lifecycle.close(generation, was_paid=was_paid, closed_by=request.user):
        message = _("Closed: charged.") if was_paid else _("Closed: not charged.")
        messages.success(request, message)
    else:
        message = _("It was already answered or closed. Nothing was changed.")
        messages.warning(request, message)
    if not request.htmx:
        return redirect("generation:uncertain")
    row = with_evidence(Generation.objects.filter(pk=pk)).get()
    context = {"evidence": next(evidence([row]))}
    return render(request, "generation/_closed.html", context)
