"""Limits and allocations: what an admin gives the team, and each person, to spend."""

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, admins_only
from spend import budgets as limits
from spend import ledger
from spend.forms import AllocationForm, LimitForm
from spend.models import Unit


@require_GET
@admins_only
def budgets(request: MemberRequest) -> HttpResponse:
    return _page(request)


@require_POST
@admins_only
def set_limit(request: MemberRequest) -> HttpResponse:
    team = request.membership.team
    form = LimitForm(request.POST, team=team)
    if not form.is_valid():
        return _page(request, limit=form)
    who, unit, limit = (form.cleaned_data[name] for name in form.fields)
    with transaction.atomic():
        ledger.lock(team, unit)
        limits.set_limit(team, who, unit, limit, timezone.localdate())
    messages.success(request, _("The limit is set."))
    return redirect("spend:budgets")


@require_POST
@admins_only
def allocate(request: MemberRequest) -> HttpResponse:
    form = AllocationForm(request.POST)
    if not form.is_valid():
        return _page(request, allocation=form)
    unit, amount, note, key = (form.cleaned_data[name] for name in form.fields)
    try:
        with transaction.atomic():
            ledger.allocate(
                request.membership.team,
                unit,
                amount,
                by=request.user,
                reference=f"allocation:{key}",
                note=note,
            )
    except IntegrityError:
        messages.info(request, _("That was given already; it is not given twice."))
    else:
        messages.success(request, _("The team has it now."))
    return redirect("spend:budgets")


def _page(
    request: MemberRequest,
    limit: LimitForm | None = None,
    allocation: AllocationForm | None = None,
) -> HttpResponse:
    team, today = request.membership.team, timezone.localdate()
    shown = {
        "units": [
            {
                "unit": unit,
                "words": unit.label,
                "balances": ledger.balances(team, unit),
                "limits": limits.standing(team, unit, today),
            }
            for unit in Unit
        ],
        "limit_form": limit or LimitForm(team=team, auto_id="limit-%s"),
        "allocation_form": allocation or AllocationForm(auto_id="allocation-%s"),
        "month": today,
    }
    status = 422 if limit or allocation else 200
    return render(request, "spend/budgets.html", shown, status=status)
