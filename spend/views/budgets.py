"""Limits and increases for admins; own limits for members."""

from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, admins_only
from spend import increases, limit_changes, limit_undo
from spend.forms import IncreaseForm, LimitForm
from spend.models import Increase
from spend.presenters.limit_table import LimitTable, Row, changed
from spend.presenters.limits import of_member, purses_in, units
from spend.units import Unit

OWN_INCREASES_SHOWN = 20
PAGE = 50


@require_GET
@admins_only
def budgets(request: MemberRequest) -> HttpResponse:
    return limits_page(request)


@require_POST
@admins_only
def decide(request: MemberRequest, pk: int) -> HttpResponse:
    rows = Increase.objects.in_team(request.membership.team).select_related("budget")
    increase = get_object_or_404(rows, pk=pk)
    try:
        if request.POST.get("decision") == Increase.Decision.GRANTED:
            increases.grant(increase, by=request.user, day=timezone.localdate())
            messages.success(request, _("Granted."))
        else:
            increases.refuse(increase, by=request.user)
            messages.success(request, _("Not granted."))
    except increases.AlreadyDecided:
        messages.info(request, _("Somebody decided that already."))
    except increases.NotRunning:
        messages.error(
            request,
            _("The project is not running: change its days first. Nothing was added."),
        )
    return redirect("spend:budgets")


@require_GET
def own_limits(request: MemberRequest) -> HttpResponse:
    return _own_page(request)


@require_POST
def ask(request: MemberRequest) -> HttpResponse:
    form = IncreaseForm(request.POST, user=request.user, team=request.membership.team)
    if not form.is_valid():
        return _own_page(request, form)
    budget, amount, reason = (form.cleaned_data[name] for name in form.fields)
    try:
        with transaction.atomic():
            increases.ask(budget, amount, reason=reason, by=request.user)
    except IntegrityError:
        messages.info(request, _("You asked already; an admin will decide."))
    else:
        messages.success(request, _("Asked. An admin will decide."))
    return redirect("spend:limits")


def _own_page(request: MemberRequest, form: IncreaseForm | None = None) -> HttpResponse:
    team, today = request.membership.team, timezone.localdate()
    with transaction.atomic():
        limit_changes.begin_defaults(request.membership, today)
    empty = IncreaseForm(user=request.user, team=team)
    shown = {
        "limits": of_member(request.user, team, today),
        "form": form or empty,
        "increases": Increase.objects.filter(
            asked_by=request.user, budget__team=team
        ).order_by("-pk")[:OWN_INCREASES_SHOWN],
    }
    return render(request, "spend/limits.html", shown, status=422 if form else 200)


def unit_of(request: HttpRequest) -> str:
    """Of the address or the form."""
    unit = request.POST.get("unit") or request.GET.get("unit", "")
    return unit if unit in Unit.values else Unit.INTEGRAL.value


def limits_page(
    request: MemberRequest,
    form: LimitForm | None = None,
    row: Row | None = None,
) -> HttpResponse:
    """``form``, ``row``: refused ones, shown with what was typed."""
    team, unit, today = request.membership.team, unit_of(request), timezone.localdate()
    table = LimitTable(team, unit, today)
    after = request.GET.get("after", "")
    members = team.memberships.select_related("user").order_by("user__username")
    found = list(members.filter(user__username__gt=after)[: PAGE + 1])
    rows = [] if after else [table.team_row(), *table.default_rows()]
    rows += table.people_rows(found[:PAGE])
    increases_asked = Increase.objects.in_team(team).waiting()
    shown: dict[str, Any] = {
        "unit": unit,
        "units": units(team),
        "purses": purses_in(team, unit),
        "rows": [row if row and row.who == each.who else each for each in rows],
        "other_limits": table.other_limits(),
        "form": form
        or LimitForm(team=team, initial={"unit": unit}, auto_id="limit-%s"),
        "after": after,
        "more": found[PAGE - 1].user.username if len(found) > PAGE else "",
        "removed": _removed(request),
        "increases": increases_asked.select_related(
            "budget__user", "asked_by"
        ).order_by("pk"),
    }
    shown["rows"] = [_as_changed(request, each) for each in shown["rows"]]
    status = 422 if form or row else 200
    return render(request, "spend/budgets.html", shown, status=status)


def _as_changed(request: MemberRequest, row: Row) -> Row:
    """With *Undo*, after a change without a script."""
    signed = request.GET.get("changed", "")
    team = request.membership.team
    change = signed and limit_undo.read_change(team, unit_of(request), signed)
    return changed(row, change, signed) if change and change.row == row.key else row


def _removed(request: MemberRequest) -> str:
    """The signed note of a removal, where it is one."""
    signed = request.GET.get("removed", "")
    return signed if limit_undo.read_removal(signed) else ""
