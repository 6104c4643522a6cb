"""Limits and increases for admins; own limits for members."""

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, admins_only
from spend import budgets as limits
from spend import increases, ledger, rejections
from spend.forms import IncreaseForm, LimitForm, RateForm
from spend.models import Increase, SpendRule
from spend.presenters.limits import of_member, units

OWN_INCREASES_SHOWN = 20


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
    who, unit, limit = (form.cleaned_data[name] for name in ("who", "unit", "limit"))
    with transaction.atomic():
        ledger.lock(team, unit)
        today = timezone.localdate()
        limits.set_limit(team, who, unit, limit, today, form.terms, by=request.user)
    messages.success(request, _("The limit is set."))
    return redirect("spend:budgets")


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
    empty = IncreaseForm(user=request.user, team=team)
    shown = {
        "limits": of_member(request.user, team, today),
        "form": form or empty,
        "increases": Increase.objects.filter(
            asked_by=request.user, budget__team=team
        ).order_by("-pk")[:OWN_INCREASES_SHOWN],
    }
    return render(request, "spend/limits.html", shown, status=422 if form else 200)


def _page(request: MemberRequest, limit: LimitForm | None = None) -> HttpResponse:
    team, today = request.membership.team, timezone.localdate()
    shown = {
        "units": units(team, today),
        "limit_form": limit or LimitForm(team=team, auto_id="limit-%s"),
        "rejection": rejections.rule(team),
        "rejections": SpendRule.Rejection.choices,
        "rate_form": RateForm(auto_id="rate-%s"),
        "increases": Increase.objects.in_team(team)
        .waiting()
        .select_related("budget__user", "asked_by")
        .order_by("pk"),
    }
    status = 422 if limit else 200
    return render(request, "spend/budgets.html", shown, status=status)
