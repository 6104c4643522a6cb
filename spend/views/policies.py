"""Rule for rejected pictures, conversion rates between units."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import MemberRequest, admins_only
from spend import rejections
from spend.forms import RateForm, RuleForm
from spend.models import Rate


@require_POST
@admins_only
def set_rule(request: MemberRequest) -> HttpResponse:
    form = RuleForm(request.POST)
    if form.is_valid():
        team, rejection = request.membership.team, form.cleaned_data["rejection"]
        rejections.set_rule(team, rejection, by=request.user)
        messages.success(request, _("The rule is set."))
    return redirect("spend:budgets")


@require_POST
@admins_only
def set_rate(request: MemberRequest) -> HttpResponse:
    """An empty rate removes it."""
    form, team = RateForm(request.POST), request.membership.team
    if not form.is_valid():
        messages.error(request, _("A rate is a number above zero."))
        return redirect("spend:budgets")
    unit, integrals = (form.cleaned_data[name] for name in ("unit", "integrals"))
    if integrals is None:
        Rate.objects.filter(team=team, unit=unit).delete()
    else:
        Rate.objects.update_or_create(
            team=team, unit=unit, defaults={"integrals": integrals}
        )
    messages.success(request, _("The rate is set."))
    return redirect("spend:budgets")
