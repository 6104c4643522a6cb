"""For members: outcomes of rejected pictures, appeals, reports."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest
from generation.models import Artwork
from moderation import intake, ledger_effects, rules
from moderation.forms import WhyForm
from moderation.models import Review
from moderation.presenters.wording import advice
from spend import rejections


@require_GET
def outcome(request: MemberRequest, pk: int) -> HttpResponse:
    """Of a rejection; after an appeal that was granted, the picture itself."""
    granted = Artwork.objects.visible_to(request.user).filter(
        requested_by=request.user, reviews__cause="appeal", reviews__status="closed"
    )
    if granted.filter(pk=pk).exists():
        messages.success(
            request, _("Your appeal was granted: the picture is approved.")
        )
        return redirect("gallery:artwork", pk)
    return _page(request, _rejected(request, pk))


@require_POST
def appeal(request: MemberRequest, pk: int) -> HttpResponse:
    artwork, form = _rejected(request, pk), WhyForm(request.POST)
    if not form.is_valid():
        return _page(request, artwork, status=422, form=form)
    if intake.appeal(artwork, by=request.user, text=form.cleaned_data["reason"]):
        messages.success(request, _("Sent. Another moderator will look at it again."))
    elif Review.objects.filter(artwork=artwork, cause="appeal").exists():
        messages.error(
            request, _("You have appealed before: each picture is reviewed again once.")
        )
    else:  # reopened meanwhile
        return _page(request, artwork, status=409, form=form)
    return redirect("moderation:outcome", pk)


@require_POST
def report(request: MemberRequest, pk: int) -> HttpResponse:
    rows = Artwork.objects.visible_to(request.user)
    artwork, form = get_object_or_404(rows, pk=pk), WhyForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say what is wrong with it."))
    elif intake.report(artwork, by=request.user, text=form.cleaned_data["reason"]):
        messages.success(request, _("Thank you. A moderator will look at it."))
    else:
        messages.info(request, _("A moderator is looking at it already."))
    return redirect("gallery:artwork", pk)


def _rejected(request: MemberRequest, pk: int) -> Artwork:
    """The member's own, in a team of theirs. Raises Http404."""
    rows = Artwork.objects.filter(
        requested_by=request.user,
        team__in=request.user.memberships.values("team"),
        moderation=Artwork.Moderation.REJECTED,
    )
    return get_object_or_404(rows.select_related("generation", "task", "team"), pk=pk)


def _page(
    request: MemberRequest, artwork: Artwork, *, status: int = 200, **more: Any
) -> HttpResponse:
    rejections_kept = artwork.decisions.kept().filter(action="reject")
    decision = rejections_kept.exclude(review__status="decided").last()
    by_rule = artwork.decisions.filter(decided_by=None).last()
    shown: dict[str, Any] = {
        "artwork": artwork,
        "decision": decision,
        # Of the rule that held it, where a person decided later.
        "grounds": by_rule.grounds if by_rule else [],
        "advised": advice(decision.reason if decision else ""),
        "booked": ledger_effects.booked(artwork),
        "rejection": rejections.rule(artwork.team),
        "label": rules.strongest(artwork),
        "is_looked_at": Review.objects.open().filter(artwork=artwork).exists(),
        "appeal": Review.objects.filter(artwork=artwork, cause="appeal").first(),
        **more,
    }
    return render(request, "moderation/outcome.html", shown, status=status)
