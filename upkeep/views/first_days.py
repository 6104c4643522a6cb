"""The owner's checklist and its tests."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts import press_limits
from accounts.access import MemberRequest, owners_only
from gateways import account_check
from upkeep import first_days as steps
from upkeep import public_address
from upkeep.presenters import first_days as presenter


@require_GET
@never_cache
@owners_only
def first_days(request: MemberRequest) -> HttpResponse:
    lines = presenter.lines(steps.steps())
    done = sum(line.is_done for line in lines)
    shown = {"lines": lines, "done": done, "is_complete": done == len(lines)}
    return render(request, "upkeep/first_days.html", shown)


@require_POST
@owners_only
def settle(request: MemberRequest) -> HttpResponse:
    """Closes the complete checklist for this owner; its address stays."""
    if all(step.is_done for step in steps.steps()):
        request.user.is_settled = True
        request.user.save(update_fields=["is_settled"])
        return redirect("generation:create")
    messages.info(request, _("The list is not complete yet."))
    return redirect("upkeep:first_days")


@require_POST
@owners_only
def test_gateway(request: MemberRequest) -> HttpResponse:
    """One signed request; the page waits for it."""
    name = request.POST.get("name", "")
    if name not in settings.GATEWAYS:
        raise Http404
    words = {"gateway": presenter.gateway_words(name)}
    is_there = request.POST.get("next") == "gateways"
    back = redirect("generation:gateways" if is_there else "upkeep:first_days")
    if _is_often(request, f"gateway:{name}"):
        return back
    if why := account_check.check(name):
        said = _("%(gateway)s: the test failed. %(why)s")
        messages.error(request, said % {**words, "why": why})
    else:
        said = _("%(gateway)s answers and takes the credentials.")
        messages.success(request, said % words)
    return back


@require_POST
@owners_only
def test_address(request: MemberRequest) -> HttpResponse:
    if not settings.PUBLIC_URL:
        raise Http404
    words = {"url": settings.PUBLIC_URL}
    if _is_often(request, "address"):
        return redirect("upkeep:first_days")
    if why := public_address.check():
        said = _("%(url)s cannot be reached from here. %(why)s")
        messages.error(request, said % {**words, "why": why})
    else:
        said = _(
            "%(url)s answers from here. A gateway's first call will tick the step."
        )
        messages.success(request, said % words)
    return redirect("upkeep:first_days")


def _is_often(request: MemberRequest, button: str) -> bool:
    try:
        press_limits.take(button)
    except press_limits.PressedOften as error:
        messages.error(request, error.message)
        return True
    return False
