"""A moderator's decision: the next one comes, or is there already (loaded ahead)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect, push_url

from accounts.access import MemberRequest
from accounts.models import User
from generation.models import Artwork
from moderation import claims, decisions, exposure
from moderation.forms import DecisionForm
from moderation.models import Decision, Review
from moderation.queue_filter import QueueFilter, current, keys, place
from moderation.views.queue import left
from moderation.views.review import reviewable, show


@require_POST
def decide(request: MemberRequest, pk: int) -> HttpResponse:
    artwork = reviewable(request, pk)
    form = DecisionForm(request.POST)
    if "action" in form.errors or "claim" in form.errors:
        return HttpResponseBadRequest()
    if not form.is_valid():
        return again(request, artwork, status=422, form=form)
    try:
        done = _carry_out(request, artwork, form)
    except (decisions.AlreadyDecided, claims.ClaimLost) as error:
        late, chosen = type(error).__name__, form.cleaned_data["reason"]
        return again(request, artwork, status=409, late=late, form=form, chosen=chosen)
    except decisions.TheirOwn as error:
        raise Http404 from error
    return go_on(request, artwork, done, _word(form, done))


def _carry_out(
    request: MemberRequest, artwork: Artwork, form: DecisionForm
) -> Review | None:
    """None: taken down, at once."""
    action, claim = form.cleaned_data["action"], form.cleaned_data["claim"]
    if action == form.TAKE_DOWN:
        decisions.take_down(artwork, by=request.user, **form.said)
        return None
    review = current(artwork, request.user) or _last(artwork, request.user)
    if review is None:
        raise decisions.AlreadyDecided(artwork)
    return decisions.decide(review, claim or 0, action, by=request.user, **form.said)


def _last(artwork: Artwork, user: User) -> Review | None:
    """Settled meanwhile: the same submit again is told so, another is too late."""
    rows = Review.objects.filter(artwork=artwork).order_by("-pk")
    return rows.filter(claimed_by=user).first() or rows.real().first()


def go_on(
    request: MemberRequest, artwork: Artwork, done: Review | None, word: str
) -> HttpResponse:
    """What comes after something was done: the next one, unless the page shows it
    already and only needs to know that it is done."""
    where = place(request.POST, artwork.team_id)
    undoable = [done] if done and done.is_undoable else []
    if "ahead" in request.POST:
        strip = {"place": where, "undoable": undoable, "word": word}
        strip |= left(where, request.user)
        return render(request, "moderation/_strip.html", strip)
    messages.success(request, word)
    return _next(request, where, undoable)


def _next(
    request: MemberRequest, where: QueueFilter, undoable: list[Review]
) -> HttpResponse:
    held = claims.held_by(request.user).filter(team=where.team)
    # Without scripts nothing is given back: what they have comes first.
    has_scripts = request.htmx or "shown" in request.POST
    following = None if has_scripts else held.filter(is_on_sheet=False).first()
    try:
        following = following or where.take_next(request.user, keys(request.POST))
    except exposure.OnBreak:
        following = None
    undo = "".join(f"&undo={row.pk}" for row in undoable)
    if following is None:  # but perhaps they hold one, that a page had loaded ahead
        following = held.first()
    if following is None:
        address = f"{reverse('moderation:queue')}?{where.query}{undo}"
        return (
            HttpResponseClientRedirect(address) if request.htmx else redirect(address)
        )
    address = reverse("moderation:review", args=[following.artwork_id])
    address = f"{address}?{where.query}"
    if request.htmx:
        artwork = reviewable(request, following.artwork_id)
        return push_url(
            show(request, artwork, where, undoable=undoable, strip=True), address
        )
    return redirect(f"{address}{undo}")


def again(
    request: MemberRequest,
    artwork: Artwork,
    *,
    status: int,
    **typed: Any,
) -> HttpResponse:
    """Nothing was done: the truth as it is now, and what was typed."""
    artwork.refresh_from_db(fields=["moderation", "moderated_at"])
    where = place(request.POST, artwork.team_id)
    typed["note"] = request.POST.get("note", "")
    typed["text"] = request.POST.get("text", "")
    return show(request, artwork, where, status=status, **typed)


def _word(form: DecisionForm, done: Review | None) -> str:
    if done and done.status == Review.Status.WAITING:
        return _("Noted. A second person decides with you.")
    if form.cleaned_data["action"] == form.RELEASE:
        return _("Released.")
    reason = Decision.Reason(form.cleaned_data["reason"])
    return _("Not released: %s.") % reason.label
