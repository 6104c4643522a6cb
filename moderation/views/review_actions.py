"""Actions besides a decision."""

import contextlib

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django_htmx.http import push_url

from accounts.access import MemberRequest, moderators_only
from moderation import decisions, passing_on, review_leases
from moderation.forms import PassOnForm, WhyForm
from moderation.models import Review
from moderation.opening import current
from moderation.queue_filter import QueueFilter, review_keys
from moderation.views.responses import (
    address,
    after_action,
    opened,
    page,
    refused,
    reviewable,
)
from net.request_values import number


@require_POST
@moderators_only
def heartbeat(request: MemberRequest) -> HttpResponse:
    """Renews the page's leases; answers their end in seconds since 1970, as a mark for
    ``leave``, and the seconds until then: no clock of a browser is trusted."""
    until = review_leases.keep(request.user, review_keys(request.POST))
    if until is None:
        return JsonResponse({"until": None})
    seconds = review_leases.LEASE.total_seconds()
    return JsonResponse({"until": int(until.timestamp()), "seconds": seconds})


@require_POST
@moderators_only
def leave(request: MemberRequest) -> HttpResponse:
    until = request.POST.getlist("until")
    review_leases.give_back(request.user, review_keys(request.POST), until)
    return HttpResponse(status=204)


@require_POST
def skip(request: MemberRequest, pk: int) -> HttpResponse:
    artwork = reviewable(request, pk)
    review = current(artwork, request.user)
    claim = number(request.POST.get("claim", ""))
    if review is None or claim is None:
        return refused(request, artwork, status=409, late="LeaseLost")
    try:
        review_leases.skip(review, claim, by=request.user)
    except review_leases.LeaseLost:
        return refused(request, artwork, status=409, late="LeaseLost")
    return after_action(request, artwork, None, _("Skipped: a colleague may take it."))


@require_POST
def escalate(request: MemberRequest, pk: int) -> HttpResponse:
    artwork = reviewable(request, pk)
    review, form = current(artwork, request.user), PassOnForm(request.POST)
    typed = request.POST.get("reason", "")
    if not form.is_valid():
        return refused(request, artwork, status=422, escalation=typed)
    sent = form.cleaned_data
    try:
        if review is None:
            raise decisions.AlreadyDecided(artwork)
        passing_on.escalate(
            review,
            sent["claim"],
            by=request.user,
            reason=sent["reason"],
            priority=sent["priority"],
        )
    except (review_leases.LeaseLost, decisions.AlreadyDecided) as error:
        late = type(error).__name__
        return refused(request, artwork, status=409, late=late, escalation=typed)
    return after_action(request, artwork, None, _("Escalated: a colleague decides."))


@require_POST
def assign(request: MemberRequest, pk: int) -> HttpResponse:
    artwork = reviewable(request, pk)
    review = current(artwork, request.user)
    claim = number(request.POST.get("claim", ""))
    to = number(request.POST.get("to", ""))
    if to is None or claim is None:
        return HttpResponseBadRequest()
    if review is None:
        return refused(request, artwork, status=409, late="AlreadyDecided")
    colleague = get_object_or_404(passing_on.colleagues(review, request.user), pk=to)
    try:
        passing_on.assign(review, claim, by=request.user, to=colleague)
    except review_leases.LeaseLost:
        return refused(request, artwork, status=409, late="LeaseLost")
    word = _("Assigned to %s.") % colleague.display_name
    return after_action(request, artwork, None, word)


@require_POST
@moderators_only
def undo(request: MemberRequest) -> HttpResponse:
    """One decision or a whole sheet; the person holds the leases again."""
    sent = review_keys(request.POST, "undo")
    rows = Review.objects.reviewable_by(request.user).filter(pk__in=sent)
    reviews, is_sheet = list(rows.order_by("pk")), "sheet" in request.POST
    if not reviews:
        raise Http404
    undone = []
    if not is_sheet:
        review_leases.make_room(request.user)
    for review in reviews:
        with contextlib.suppress(decisions.TooLate):
            undone += [decisions.undo(review, by=request.user, is_on_sheet=is_sheet)]
    if undone:
        words = ngettext(
            "Undone: you have it again.", "Undone: you have them again.", len(undone)
        )
        messages.success(request, words)
    else:
        messages.error(request, _("Too late to undo: reopen it with a reason."))
    return _after_undo(request, reviews[0], undone, is_sheet=is_sheet)


def _after_undo(
    request: MemberRequest, first: Review, undone: list[Review], *, is_sheet: bool
) -> HttpResponse:
    queue_filter = QueueFilter.of(request.POST, first.team_id)
    if is_sheet:
        return redirect(f"{reverse('moderation:sheet')}?{queue_filter.query}")
    artwork = reviewable(request, first.artwork_id)
    if not request.htmx:
        return redirect(address(artwork.pk, queue_filter))
    if first in undone:
        shown = page(request, artwork, undone[0], queue_filter, strip=True)
    else:
        shown = opened(request, artwork, queue_filter, strip=True)
    return push_url(shown, address(artwork.pk, queue_filter))


@require_POST
def reopen(request: MemberRequest, pk: int) -> HttpResponse:
    artwork, form = reviewable(request, pk), WhyForm(request.POST)
    queue_filter = QueueFilter.of(request.POST, artwork.team_id)
    if not form.is_valid():
        return opened(request, artwork, queue_filter, status=422, reopening=form)
    try:
        decisions.reopen(artwork, by=request.user, reason=form.cleaned_data["reason"])
    except decisions.AlreadyDecided:
        return refused(request, artwork, status=409, late="AlreadyDecided")
    except decisions.TheirOwn as error:
        raise Http404 from error
    messages.success(request, _("Reopened: it is in the queue again."))
    return redirect("moderation:review", pk)
