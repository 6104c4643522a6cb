"""All teams and what they have, for owners: allocations in and out."""

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, owners_only
from accounts.models import Team
from spend import ledger, purse_balances
from spend.forms import AllocationForm
from spend.presenters.limits import purses_in, units
from spend.presenters.team_balances import with_balances
from spend.templatetags.formats import amount as amount_words

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
    if not is_back and (short := _unagreed(form)):
        return _page(request, to, form, status=422, short=short)
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
        left = {"left": amount_words(error.left, unit)}
        form.add_error("amount", _("Only %(left)s are not used.") % left)
        return _page(request, to, form, status=422)
    else:
        done = {"team": to.name, "amount": amount_words(amount, unit)}
        words = _("%(amount)s taken back from %(team)s.") if is_back else ""
        words = words or _("%(amount)s allocated to %(team)s.")
        messages.success(request, words % done)
    return redirect("spend:team", pk)


def _unagreed(form: AllocationForm) -> purse_balances.Cover | None:
    """An allocation that the gateway's balance does not cover, unless the owner has
    said so to this very amount."""
    unit, amount, gateway = (
        form.cleaned_data[name] for name in ("unit", "amount", "gateway")
    )
    found = purse_balances.cover(unit, gateway, amount)
    is_short = found is not None and found.is_short
    return found if is_short and form.data.get("beyond") != form.beyond else None


def _page(
    request: MemberRequest,
    to: Team,
    form: AllocationForm,
    status: int = 200,
    short: purse_balances.Cover | None = None,
) -> HttpResponse:
    shown = {
        "team": to,
        "units": [(unit, word, purses_in(to, unit)) for unit, word in units(to)],
        "form": form,
        "short": short,
    }
    return render(request, "spend/team.html", shown, status=status)
