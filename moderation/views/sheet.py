"""A sheet of covers: mark the exceptions, one key for the rest. Leased as a whole."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest
from moderation import claims, decisions, exposure, rules, similar_decisions
from moderation.forms import DecisionForm
from moderation.models import Decision, Desk, Review
from moderation.queue_filter import (
    chosen_team,
    is_key,
    moderated_teams,
    place,
    undoable,
)
from moderation.views.queue import empty, left


@require_GET
def sheet(request: MemberRequest) -> HttpResponse:
    return _show(request)


@require_POST
def decide(request: MemberRequest) -> HttpResponse:
    """Release or reject all that are not marked, each once; marked ones stay leased."""
    sent = request.POST.copy()
    if sent.get("reason"):  # its button says a reason, and so a rejection
        sent["action"] = DecisionForm.REJECT
    form = DecisionForm(sent)
    if form.errors.keys() & {"action", "claim"}:
        return HttpResponseBadRequest()
    if not form.is_valid() or form.cleaned_data["action"] == form.TAKE_DOWN:
        return _show(request, status=422, form=form)
    action, done, lost = form.cleaned_data["action"], [], 0
    for review, claim in _rest(request):
        try:
            decided = decisions.decide(
                review, claim, action, by=request.user, **form.said
            )
            done.append(decided)
        except (claims.ClaimLost, decisions.AlreadyDecided):
            lost += 1
    noted = [row for row in done if row.status == Review.Status.WAITING]
    if noted:
        messages.success(request, _("Noted. A second person decides with you."))
    if done != noted or lost or not done:
        _tell(request, len(done) - len(noted), lost, action)
    team = chosen_team(request, moderated_teams(request))
    query = place(request.POST, team.pk).query
    undo = "".join(f"&undo={row.pk}" for row in done if row.is_undoable)
    return redirect(f"{reverse('moderation:sheet')}?{query}{undo}")


def _rest(request: MemberRequest) -> list[tuple[Review, int]]:
    """Those of the sheet that are not marked, with the lease that the page knew."""
    marked = set(request.POST.getlist("marked"))
    known = dict(
        item.split(":", 1) for item in request.POST.getlist("item") if ":" in item
    )
    rest = [key for key in known if is_key(key) and key not in marked]
    rows = Review.objects.reviewable_by(request.user).filter(pk__in=rest)
    return [
        (row, int(known[str(row.pk)]))
        for row in rows.order_by("pk")
        if is_key(known.get(str(row.pk), ""))
    ]


def _tell(request: MemberRequest, done: int, lost: int, action: str) -> None:
    if action == Decision.Action.RELEASE:
        words = ngettext(
            "%(number)s picture released.", "%(number)s pictures released.", done
        )
    else:
        words = ngettext(
            "%(number)s picture not released.",
            "%(number)s pictures not released.",
            done,
        )
    if done or lost:
        messages.success(request, words % {"number": done})
    else:
        messages.info(request, _("All of them are marked: nothing was decided."))
    if lost:
        words = ngettext(
            "%(number)s was no longer yours: nothing of it was written.",
            "%(number)s were no longer yours: nothing of them was written.",
            lost,
        )
        messages.error(request, words % {"number": lost})


def _show(request: MemberRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    team = chosen_team(request, moderated_teams(request))
    asked = request.POST if request.method == "POST" else request.GET
    where = place(asked, team.pk)
    try:
        taken = claims.take_sheet(
            request.user, team.pk, cause=where.part, soon=where.soon
        )
    except exposure.OnBreak:  # the page says so
        taken = []
    rows = Review.objects.filter(pk__in=taken).select_related(
        "artwork__generation", "artwork__requested_by"
    )
    in_order = list(rows.in_order())
    within = rules.book(team.pk).alike_within
    context = {
        "team": team,
        "place": where,
        "groups": similar_decisions.gathered(in_order, within),
        "reviews": in_order,
        "marked": asked.getlist("marked"),
        "reasons": Decision.Reason.choices,
        "desk": Desk.of(request.user),
        "undoable": undoable(request),
        **left(where, request.user),
    }
    if not in_order:
        context |= empty(request, where)
    return render(request, "moderation/sheet.html", {**context, **more}, status=status)
