"""A moderator's decision, or a take-down; the next item follows."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import MemberRequest
from generation.models import Artwork
from moderation import decisions, opening, review_leases
from moderation.forms import DecisionForm
from moderation.models import Decision, Review
from moderation.views.responses import after_action, refused, reviewable


@require_POST
def decide(request: MemberRequest, pk: int) -> HttpResponse:
    artwork = reviewable(request, pk)
    form = DecisionForm(request.POST)
    if "action" in form.errors or "claim" in form.errors:
        return HttpResponseBadRequest()
    if not form.is_valid():
        return refused(request, artwork, status=422, form=form)
    try:
        done = _carry_out(request, artwork, form)
    except (decisions.AlreadyDecided, review_leases.LeaseLost) as error:
        late, chosen = type(error).__name__, form.cleaned_data["reason"]
        return refused(
            request, artwork, status=409, late=late, form=form, chosen=chosen
        )
    except decisions.Unseen:
        return refused(request, artwork, status=422, is_unseen_told=True)
    except decisions.TheirOwn as error:
        raise Http404 from error
    if done is None and not request.htmx:  # from the picture's page: here is a way back
        messages.success(request, _("Taken down. You can reopen it here."))
        return redirect("moderation:review", pk)
    return after_action(request, artwork, done, _message(form, done))


def _carry_out(
    request: MemberRequest, artwork: Artwork, form: DecisionForm
) -> Review | None:
    """None after a take-down."""
    action, claim = form.cleaned_data["action"], form.cleaned_data["claim"]
    user = request.user
    if action == form.TAKE_DOWN:
        decisions.take_down(artwork, by=user, **form.judgement)
        return None
    # A review settled meanwhile refuses, or knows the same submit again.
    review = opening.current(artwork, user) or opening.latest(artwork, user)
    if review is None:
        raise decisions.AlreadyDecided(artwork)
    return decisions.decide(review, claim or 0, action, by=user, **form.judgement)


def _message(form: DecisionForm, done: Review | None) -> str:
    if done and done.status == Review.Status.WAITING:
        return _("Noted. A second person decides with you.")
    if form.cleaned_data["action"] == form.RELEASE:
        return _("Approved.")
    reason = Decision.Reason(form.cleaned_data["reason"])
    return _("Rejected: %s.") % reason.label
