"""Spend rules of a team: rejected pictures, large requests, conversion rates."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, admins_only
from spend import large_requests, rejections, spend_rules
from spend.forms import RateForm, RuleForm
from spend.models import Rate


@require_GET
@admins_only
def rules(request: MemberRequest) -> HttpResponse:
    return _page(request)


@require_POST
@admins_only
def set_rule(request: MemberRequest) -> HttpResponse:
    form = RuleForm(request.POST, auto_id="rule-%s")
    if not form.is_valid():
        return _page(request, rule=form)
    spend_rules.set_rule(request.membership.team, form.cleaned_data, by=request.user)
    messages.success(request, _("The rules are saved."))
    return redirect("spend:rules")


@require_POST
@admins_only
def set_rate(request: MemberRequest) -> HttpResponse:
    """An empty rate removes it."""
    form, team = RateForm(request.POST, auto_id="rate-%s"), request.membership.team
    if not form.is_valid():
        return _page(request, rate=form)
    unit, integrals = (form.cleaned_data[name] for name in ("unit", "integrals"))
    spend_rules.set_rate(team, unit, integrals, by=request.user)
    messages.success(request, _("The conversion rate is saved."))
    return redirect("spend:rules")


def _page(
    request: MemberRequest, rule: RuleForm | None = None, rate: RateForm | None = None
) -> HttpResponse:
    """``rule``, ``rate``: refused ones, with what was typed."""
    team = request.membership.team
    now = {
        "rejection": rejections.rule(team),
        "ask_above_percent": large_requests.percent(team),
    }
    shown: dict[str, Any] = {
        "form": rule or RuleForm(initial=now, auto_id="rule-%s"),
        "rate_form": rate or RateForm(auto_id="rate-%s"),
        "rates": Rate.objects.filter(team=team).order_by("unit"),
    }
    status = 422 if rule or rate else 200
    return render(request, "spend/rules.html", shown, status=status)
