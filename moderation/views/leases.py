"""What keeps or ends a lease without deciding, and what takes a decision back."""

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
from moderation import claims, decisions, passing_on
from moderation.forms import PassOnForm, WhyForm
from moderation.models import Review
from moderation.queue_filter import current, keys, place
from moderation.views.decide import again, go_on
from moderation.views.review import colleagues, reviewable, show


@require_POST
@moderators_only
def heartbeat(request: MemberRequest) -> HttpResponse:
    """Renews what the page shows; says until when, in milliseconds since 1970."""
    until = claims.keep(request.user, keys(request.POST))
    return JsonResponse({"until": int(until.timestamp() * 1000) if until else None})


@require_POST
@moderators_only
def leave(request: MemberRequest) -> HttpResponse:
    until = request.POST.getlist("until")
    claims.give_back(request.user, keys(request.POST), until)
    return HttpResponse(status=204)


@require_POST
def skip(request: MemberRequest, pk: int) -> HttpResponse:
    artwork = reviewable(request, pk)
    review, claim = current(artwork, request.user), request.POST.get("claim", "")
    if review is None or not claim.isdecimal():
        return again(request, artwork, status=409, late="ClaimLost")
    try:
        claims.skip(review, int(claim), by=request.user)
    except claims.ClaimLost:
        return again(request, artwork, status=409, late="ClaimLost")
    return go_on(request, artwork, None, _("Skipped: someone else may have it."))


@require_POST
def escalate(request: MemberRequest, pk: int) -> HttpResponse:
    artwork = reviewable(request, pk)
    review, form = current(artwork, request.user), PassOnForm(request.POST)
    typed = request.POST.get("reason", "")
    if not form.is_valid():
        return again(request, artwork, status=422, escalation=typed)
    said = form.cleaned_data
    try:
        if review is None:
            raise decisions.AlreadyDecided(artwork)
        passing_on.escalate(
            review,
            said["claim"],
            by=request.user,
            reason=said["reason"],
            priority=said["priority"],
        )
    except (claims.ClaimLost, decisions.AlreadyDecided) as error:
        late = type(error).__name__
        return again(request, artwork, status=409, late=late, escalation=typed)
    return go_on(request, artwork, None, _("Escalated: it is in the other inbox."))


@require_POST
def assign(request: MemberRequest, pk: int) -> HttpResponse:
    artwork = reviewable(request, pk)
    review, claim = current(artwork, request.user), request.POST.get("claim", "")
    to = request.POST.get("to", "")
    if not (to.isdecimal() and claim.isdecimal()):
        return HttpResponseBadRequest()
    if review is None:
        return again(request, artwork, status=409, late="AlreadyDecided")
    colleague = get_object_or_404(colleagues(review, request.user), pk=to)
    try:
        passing_on.assign(review, int(claim), by=request.user, to=colleague)
    except claims.ClaimLost:
        return again(request, artwork, status=409, late="ClaimLost")
    word = _("It is for %s now.") % colleague.display_name
    return go_on(request, artwork, None, word)


@require_POST
@moderators_only
def undo(request: MemberRequest) -> HttpResponse:
    """Back before whoever decided, as it was: one, or what a sheet decided at once."""
    asked = keys(request.POST, "undo")
    rows = Review.objects.reviewable_by(request.user).filter(pk__in=asked)
    reviews, is_sheet = list(rows.order_by("pk")), "sheet" in request.POST
    if not reviews:
        raise Http404
    undone = 0
    if not is_sheet:
        claims.make_room(request.user)
    for review in reviews:
        with contextlib.suppress(decisions.TooLate):
            decisions.undo(review, by=request.user, is_on_sheet=is_sheet)
            undone += 1
    if undone:
        words = ngettext(
            "Undone: you have it again.", "Undone: you have them again.", undone
        )
        messages.success(request, words)
    else:
        messages.error(request, _("Too late to undo: reopen it with a reason."))
    where = place(request.POST, reviews[0].team_id)
    if is_sheet:
        return redirect(f"{reverse('moderation:sheet')}?{where.query}")
    artwork = reviewable(request, reviews[0].artwork_id)
    address = f"{reverse('moderation:review', args=[artwork.pk])}?{where.query}"
    if request.htmx:
        return push_url(show(request, artwork, where, strip=True), address)
    return redirect(address)


@require_POST
def reopen(request: MemberRequest, pk: int) -> HttpResponse:
    artwork, form = reviewable(request, pk), WhyForm(request.POST)
    where = place(request.POST, artwork.team_id)
    if not form.is_valid():
        return show(request, artwork, where, status=422, reopening=form)
    try:
        decisions.reopen(artwork, by=request.user, reason=form.cleaned_data["reason"])
    except decisions.AlreadyDecided:
        return again(request, artwork, status=409, late="AlreadyDecided")
    except decisions.TheirOwn as error:
        raise Http404 from error
    messages.success(request, _("Reopened: it waits again."))
    return redirect("moderation:review", pk)
