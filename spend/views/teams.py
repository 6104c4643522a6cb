"""All teams and what they have, for owners: allocations in and out."""

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, owners_only
from accounts.models import Team
from spend import ledger
from spend.forms import AllocationForm
from spend.presenters.limits import units
from spend.presenters.team_balances import with_balances

PAGE = 50


@require_GET
@owners_only
def teams(request: MemberRequest) -> HttpResponse:
    rows = Team.objects.order_by("name")
    if after := request.GET.get("after"):
        rows = rows.filter(name__gt=after)
    found = list(rows[: PAGE + 1])
    more = found[PAGE - 1].name if len(found) > PAGE else ""
    shown = {"teams": with_balances(found[:PAGE]), "more": more}
    return render(request, "spend/teams.html", shown)


@require_GET
@owners_only
def team(request: MemberRequest, pk: int) -> HttpResponse:
    form = AllocationForm(auto_id="allocation-%s")
    return _page(request, get_object_or_404(Team, pk=pk), form)


@require_POST
@owners_only
def allocate(request: MemberRequest, pk: int) -> HttpResponse:
    to, form = get_object_or_404(Team, pk=pk), AllocationForm(request.POST)
    if not form.is_valid():
        return _page(request, to, form, status=422)
    is_back = form.cleaned_data["direction"] == "take"
    move = ledger.deallocate if is_back else ledger.allocate
    names = ("unit", "amount", "note", "key", "gateway")
    unit, amount, note, key, gateway = (form.cleaned_data[name] for name in names)
    try:
        with transaction.atomic():
            move(
                to,
                unit,
                amount,
                by=request.user,
                reference=f"allocation:{key}",
                note=note,
                gateway=gateway,
            )
    except IntegrityError:
        messages.info(request, _("That was given already; it is not given twice."))
    except ledger.FundsExceeded as error:
        left = _("Only %(left)s are not used.") % {"left": error.left}
        form.add_error("amount", left)
        return _page(request, to, form, status=422)
    else:
        messages.success(request, _("It is booked."))
    return redirect("spend:team", pk)


def _page(
    request: MemberRequest, to: Team, form: AllocationForm, status: int = 200
) -> HttpResponse:
    shown = {"team": to, "units": units(to, timezone.localdate()), "form": form}
    return render(request, "spend/team.html", shown, status=status)
