"""A moderator's decision: from the queue the item changes in its place, from the single
view the next one comes."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect, push_url

from accounts.access import MemberRequest
from generation.models import Artwork
from moderation import decisions
from moderation.forms import DecisionForm
from moderation.models import Decision
from moderation.views.review import show
from moderation.views.waiting import known_part, next_after

#: Where a decision comes from, as its form says.
QUEUE = "queue"


@require_POST
def decide(request: MemberRequest, pk: int) -> HttpResponse:
    rows = Artwork.objects.reviewable_by(request.user)
    rows = rows.select_related("generation__account", "requested_by", "task", "team")
    artwork = get_object_or_404(rows, pk=pk)
    form = DecisionForm(request.POST)
    if "action" in form.errors:
        return HttpResponseBadRequest()
    if not form.is_valid():
        return _again(request, artwork, form, status=422)
    try:
        decision = _carry_out(request, artwork, form)
    except decisions.AlreadyDecided:
        return _again(request, artwork, form, status=409)
    return _done(request, artwork, decision)


def _carry_out(
    request: MemberRequest, artwork: Artwork, form: DecisionForm
) -> Decision:
    action, reason, note = (form.cleaned_data[name] for name in form.fields)
    if action == form.TAKE_DOWN:
        return decisions.take_down(artwork, by=request.user, reason=reason, note=note)
    return decisions.decide(artwork, action, by=request.user, reason=reason, note=note)


def _done(request: MemberRequest, artwork: Artwork, decision: Decision) -> HttpResponse:
    part = known_part(request.POST)
    if request.POST.get("from") == QUEUE:
        if request.htmx:
            item = {"artwork": artwork, "decision": decision}
            return render(request, "moderation/_item.html", item)
        queue = reverse("moderation:queue")
        return redirect(f"{queue}?team={artwork.team_id}&part={part}")
    messages.success(request, _word(decision))
    return _next(request, artwork, part)


def _next(request: MemberRequest, artwork: Artwork, part: str) -> HttpResponse:
    """The next one at once; where there is none, the empty queue."""
    following = next_after(artwork, request.user, part)
    if following is None:
        queue = reverse("moderation:queue")
        return HttpResponseClientRedirect(queue) if request.htmx else redirect(queue)
    address = f"{reverse('moderation:review', args=[following.pk])}?part={part}"
    if request.htmx:
        return push_url(show(request, following, part=part), address)
    return redirect(address)


def _again(
    request: MemberRequest, artwork: Artwork, form: DecisionForm, *, status: int
) -> HttpResponse:
    """Nothing was decided: the truth as it is now, and what was typed."""
    artwork.refresh_from_db(fields=["moderation", "moderated_at"])
    typed = {
        "form": form,
        "note": form.data.get("note", ""),
        "part": known_part(request.POST),
    }
    typed["is_late"] = status == 409
    if request.htmx and request.POST.get("from") == QUEUE:
        typed |= {"artwork": artwork, "reasons": Decision.Reason.choices}
        typed["decision"] = artwork.decisions.order_by("-pk").first()
        return render(request, "moderation/_item.html", typed, status=status)
    return show(request, artwork, status=status, **typed)


def _word(decision: Decision) -> str:
    if decision.action == Decision.Action.RELEASE:
        return _("Released.")
    return _("Not released: %s.") % decision.get_reason_display()
