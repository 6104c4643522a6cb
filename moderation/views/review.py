"""One artwork before a moderator: facts, cover, and the picture once it is revealed.

Opening it leases it. The page loads the next one ahead (``next``), so that it is there
when the key for this one is pressed.
"""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import MemberRequest
from accounts.models import Membership, User
from generation.models import Artwork, Upload
from generation.presenters.file_responses import artwork_response
from generation.presenters.request_facts import parameters
from log import chain
from moderation import claims, control_items, effects, exposure, intake, rules
from moderation.models import Decision, Desk, KnownAnswer, Opinion, Reveal, Review
from moderation.presenters import item_facts
from moderation.queue_filter import (
    QueueFilter,
    chosen_team,
    current,
    keys,
    moderated_teams,
    place,
    undoable,
)
from moderation.views.queue import left
from spend import rejections


@require_GET
def next_item(request: MemberRequest) -> HttpResponse:
    """The next one, leased: its page; for a page that loads it ahead, its part."""
    team = chosen_team(request, moderated_teams(request))
    where = place(request.GET, team.pk)
    is_ahead = request.htmx and "ahead" in request.GET
    try:
        found = where.take_next(request.user, keys(request.GET))
        if found is None and not is_ahead and where.waiting().exists():
            messages.info(request, _("Of what waits here nothing is for you now."))
    except exposure.OnBreak:  # the queue says so
        found = None
    if is_ahead:
        if found is None:
            return HttpResponse(status=204)
        return show(request, reviewable(request, found.artwork_id), where)
    return _to_page(request, found, where)


def _to_page(
    request: MemberRequest, found: Review | None, where: QueueFilter, more: str = ""
) -> HttpResponse:
    """Of the next item; of the queue, where there is none."""
    if found is None:
        address = f"{reverse('moderation:queue')}?{where.query}{more}"
        return (
            HttpResponseClientRedirect(address) if request.htmx else redirect(address)
        )
    address = reverse("moderation:review", args=[found.artwork_id])
    return redirect(f"{address}?{where.query}{more}")


@require_GET
@vary_on_headers("HX-Request")
def review(request: MemberRequest, pk: int) -> HttpResponse:
    artwork = reviewable(request, pk)
    return show(request, artwork, place(request.GET, artwork.team_id))


@require_GET
@cache_control(private=True, no_cache=True)
def cover(request: MemberRequest, pk: int) -> HttpResponseBase:
    return artwork_response(request, reviewable(request, pk), "cover")


@require_POST
def reveal(request: MemberRequest, pk: int) -> HttpResponse:
    artwork = reviewable(request, pk)
    where = place(request.POST, artwork.team_id)
    count_reveal(artwork, request.user)
    if request.htmx:
        shown = {"artwork": artwork, "is_revealed": True, "place": where}
        shown["desk"] = Desk.of(request.user)
        return render(request, "moderation/_frame.html", shown)
    address = reverse("moderation:review", args=[pk])
    return redirect(f"{address}?revealed=1&{where.query}")


def count_reveal(artwork: Artwork, by: User, reference: str = "") -> None:
    """Of the artwork, or of the picture with that sha-256 that came along with it."""
    row = current(artwork, by)
    cause = row.cause if row else ""
    with transaction.atomic():
        desk = Desk.locked(by)
        Reveal.objects.create(
            artwork=artwork,
            revealed_by=by,
            cause=cause,
            label=rules.strongest(artwork).label[:40],
            is_grave=exposure.is_grave(artwork),
            reference=reference,
        )
        exposure.count(desk)
        facts = {"cause": cause} | ({"reference": reference} if reference else {})
        event = chain.Event(
            artwork.team_id, chain.Kind.REVEAL, by.pk, artwork.pk, facts
        )
        chain.append(event)


@require_GET
@cache_control(private=True, no_store=True)
def picture(request: MemberRequest, pk: int) -> HttpResponseBase:
    artwork = reviewable(request, pk)
    if not has_revealed(request.user, artwork):
        raise Http404
    return artwork_response(request, artwork, "original")


def show(
    request: MemberRequest,
    artwork: Artwork,
    where: QueueFilter,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """Covered, unless one has revealed it and the address says so (without htmx)."""
    row = _opened(artwork, request.user)
    asks = "revealed" in request.GET
    about = item_facts.about(artwork, row)
    desk = Desk.of(request.user)
    context = {
        "artwork": artwork,
        "review": row,
        "place": where,
        "is_mine": bool(row and row.is_claimed_by(request.user)),
        "decisions": _told(artwork, row),
        "parameters": parameters(
            artwork.generation, request.user, besides=["negative_prompt"]
        ),
        "reasons": Decision.Reason.choices,
        "colleagues": colleagues(row, request.user)[:50] if row else [],
        "desk": desk,
        "refused": _refused(row, request.user, desk) if row else "",
        "is_revealed": asks and has_revealed(request.user, artwork),
        "opened": _opened_references(request, artwork, about.get("references", [])),
        "reveals": reveals(request.user, artwork).count(),
        **about,
        **left(where, request.user),
        "undoable": undoable(request),
        "cost": effects.costs([artwork])[artwork.pk],
        "rejection": rejections.rule(artwork.team),
    }
    if row is None and _administers(request, artwork):
        known = KnownAnswer.objects.filter(review__artwork=artwork)
        context["known"] = known.first()
        context["is_markable"] = control_items.is_markable(artwork)
    name = "moderation/_review.html" if request.htmx else "moderation/review.html"
    return render(request, name, context | more, status=status)


def _administers(request: MemberRequest, artwork: Artwork) -> bool:
    own = (each for each in request.memberships if each.team_id == artwork.team_id)
    return any(each.can_administer for each in own)


def _opened(artwork: Artwork, user: User) -> Review | None:
    """Its review, leased where that is possible. What is held without one, by whatever
    mistake, gets one now."""
    row = current(artwork, user)
    if row is None and artwork.moderation == Artwork.Moderation.HELD:
        intake.take_in([artwork])
        row = current(artwork, user)
    if row and row.status == Review.Status.WAITING:
        try:
            if claims.take(row, user):
                row.claimed_by = user
        except exposure.OnBreak:
            pass
    return row


def _refused(row: Review, user: User, desk: Desk) -> str:
    """Why it is not theirs to decide, where nobody else has it."""
    if row.status != Review.Status.WAITING or row.is_claimed:
        return ""
    if row.requested_by_id == user.pk:
        return _("You asked for this picture yourself: somebody else decides.")
    if desk.break_until and desk.is_resting:
        until = date_format(timezone.localtime(desk.break_until), "H:i")
        return _("You take a break until %s: nothing new comes before.") % until
    if row.assigned_to not in (None, user) and row.due_at > timezone.now():
        return _("It is for %s alone, until it is due.") % row.assigned_to.display_name
    this = Review.objects.filter(pk=row.pk)
    if not this.open_to(user).exists() or this.against(user).exists():
        return _("You decided on it before, or passed it on: somebody else decides.")
    return _("You hold enough already: decide those, or leave them, first.")


def _opened_references(
    request: MemberRequest, artwork: Artwork, brought: list[Upload]
) -> list[Upload]:
    """What one has revealed, where the address says so (without htmx)."""
    asked = request.GET.get("reference", "")
    return [
        each
        for each in brought
        if str(each.pk) == asked and has_revealed(request.user, artwork, each.sha256)
    ]


def _told(artwork: Artwork, row: Review | None) -> list[Decision]:
    """What was decided so far. (Opinions are not among it: the second one is blind.
    Nor is what people said of a picture that comes back as a control item, nor when
    that was.)"""
    rows = artwork.decisions.select_related("decided_by").order_by("-pk")
    if not (row and row.is_control):
        return list(rows[:20])
    told = list(rows.filter(decided_by=None)[:20])
    for decision in told:
        decision.decided_at = row.created_at
    return told


def colleagues(row: Review, user: User) -> "QuerySet[User]":
    """Whom one may give it to: those who may decide it."""
    rows = User.objects.filter(
        memberships__team=row.team_id,
        memberships__role__in=Membership.MODERATING,
    )
    rows = rows.exclude(pk__in=[user.pk, row.requested_by_id, row.not_by_id or 0])
    rows = rows.exclude(pk__in=row.opinions.values("by"))
    if row.cause == Review.Cause.APPEAL:
        before = Opinion.objects.filter(review__artwork=row.artwork_id)
        rows = rows.exclude(pk__in=before.filter(review__expected="").values("by"))
    return rows.order_by("username")


def reviewable(request: MemberRequest, pk: int) -> Artwork:
    rows = Artwork.objects.reviewable_by(request.user)
    rows = rows.select_related("generation__account", "requested_by", "task", "team")
    return get_object_or_404(rows, pk=pk)


def reveals(by: User, artwork: Artwork, reference: str = "") -> "QuerySet[Reveal]":
    return artwork.reveals.filter(revealed_by=by, reference=reference)


def has_revealed(by: User, artwork: Artwork, reference: str = "") -> bool:
    return reveals(by, artwork, reference).exists()
