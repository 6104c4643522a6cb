"""A sheet of covers, leased as a whole: one key decides all unmarked items.

Severe pictures are rejected with the rest, but never released with it.
"""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest
from moderation import decisions, exposure, review_leases, rules
from moderation.forms import DecisionForm
from moderation.models import Decision, Review
from moderation.presenters import sheet_page
from moderation.queue_filter import (
    QueueFilter,
    chosen_team,
    moderated_teams,
)
from moderation.tabs import Tab
from net.request_values import number


@require_GET
def sheet(request: MemberRequest) -> HttpResponse:
    return _show(request)


@require_POST
def decide(request: MemberRequest) -> HttpResponse:
    """Marked items stay leased; so do severe ones, in a release."""
    sent = request.POST.copy()
    if sent.get("reason"):  # the button of a reason rejects
        sent["action"] = DecisionForm.REJECT
    form = DecisionForm(sent)
    if form.errors.keys() & {"action", "claim"}:
        return HttpResponseBadRequest()
    if not form.is_valid() or form.cleaned_data["action"] == form.TAKE_DOWN:
        return _show(request, status=422, form=form)
    action, done, lost = form.cleaned_data["action"], [], 0
    rest, severe = _rest(request), 0
    if action == form.RELEASE:
        milder = [each for each in rest if not rules.is_severe(each[0].artwork)]
        severe, rest = len(rest) - len(milder), milder
    for review, claim in rest:
        try:
            decided = decisions.decide(
                review, claim, action, by=request.user, **form.judgement
            )
            done.append(decided)
        except (review_leases.LeaseLost, decisions.AlreadyDecided):
            lost += 1
    noted = [row for row in done if row.status == Review.Status.WAITING]
    if noted:
        messages.success(request, _("Noted. A second person decides with you."))
    if severe:
        _tell_of_severe(request, severe)
    if done != noted or lost or not (done or severe):
        _tell(request, len(done) - len(noted), lost, action)
    team = chosen_team(request, moderated_teams(request))
    query = QueueFilter.of(request.POST, team.pk).query
    undo = "".join(f"&undo={row.pk}" for row in done if row.is_undoable)
    return redirect(f"{reverse('moderation:sheet')}?{query}{undo}")


def _rest(request: MemberRequest) -> list[tuple[Review, int]]:
    """With the lease number that the page knew."""
    marked = set(request.POST.getlist("marked"))
    known: dict[int, int] = {}
    for item in request.POST.getlist("item"):
        sent, _colon, claimed = item.partition(":")
        key, claim = number(sent), number(claimed)
        if key is not None and claim is not None and sent not in marked:
            known[key] = claim
    rows = Review.objects.reviewable_by(request.user).filter(pk__in=known)
    rows = rows.select_related("artwork")
    return [(row, known[row.pk]) for row in rows.order_by("pk")]


def _tell(request: MemberRequest, done: int, lost: int, action: str) -> None:
    if action == Decision.Action.RELEASE:
        words = ngettext(
            "%(number)s picture approved.", "%(number)s pictures approved.", done
        )
    else:
        words = ngettext(
            "%(number)s picture rejected.",
            "%(number)s pictures rejected.",
            done,
        )
    if done or lost:
        messages.success(request, words % {"number": done})
    else:
        messages.info(request, _("All of them are marked: nothing was decided."))
    if lost:
        words = ngettext(
            "%(number)s was no longer yours: nothing was saved for it.",
            "%(number)s were no longer yours: nothing was saved for them.",
            lost,
        )
        messages.error(request, words % {"number": lost})


def _tell_of_severe(request: MemberRequest, number: int) -> None:
    words = ngettext(
        "%(number)s stays: severe content is approved one by one, after a reveal.",
        "%(number)s stay: severe content is approved one by one, after a reveal.",
        number,
    )
    messages.warning(request, words % {"number": number})


def _show(request: MemberRequest, *, status: int = 200, **extra: Any) -> HttpResponse:
    """Leases the sheet first."""
    team = chosen_team(request, moderated_teams(request))
    sent = request.POST if request.method == "POST" else request.GET
    queue_filter = replace(QueueFilter.of(sent, team.pk), tab=Tab.QUEUE)
    try:
        keys = review_leases.take_sheet(
            request.user, team.pk, cause=queue_filter.cause, soon=queue_filter.soon
        )
    except exposure.OnBreak:  # the page shows the break
        keys = []
    context = sheet_page.context(request, queue_filter, keys)
    context |= {"team": team, "marked": sent.getlist("marked"), **extra}
    return render(request, "moderation/sheet.html", context, status=status)
