"""One artwork before a moderator. Reads only: ``opening`` leases."""

from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.access import MemberRequest
from accounts.models import User
from generation.models import Artwork, Upload
from generation.presenters.request_facts import parameters
from moderation import control_items, ledger_effects, passing_on, reveals
from moderation.models import Decision, Desk, KnownAnswer, Review
from moderation.presenters import item_facts, queue_page
from moderation.queue_filter import QueueFilter, undoable
from spend import rejections

MOST_COLLEAGUES = 50
MOST_DECISIONS = 20


def context(
    request: MemberRequest,
    artwork: Artwork,
    review: Review | None,
    queue_filter: QueueFilter,
) -> dict[str, Any]:
    """Covered, except with ``?revealed=1`` after a reveal (without htmx)."""
    user = request.user
    facts = item_facts.about(artwork, review)
    desk = Desk.of(user)
    is_revealed = "revealed" in request.GET and reveals.has_revealed(artwork, user)
    found = {
        "artwork": artwork,
        "review": review,
        "queue_filter": queue_filter,
        "is_mine": bool(review and review.is_claimed_by(user)),
        "decisions": _decisions(artwork, review),
        "parameters": parameters(artwork.generation, user, besides=["negative_prompt"]),
        "reasons": Decision.Reason.choices,
        "colleagues": passing_on.colleagues(review, user)[:MOST_COLLEAGUES]
        if review
        else [],
        "desk": desk,
        "refused": _refusal(review, user, desk) if review else "",
        "is_revealed": is_revealed,
        "opened": _opened_references(request, artwork, facts.get("references", [])),
        "reveals": reveals.reveals(artwork, user).count(),
        "is_unseen": reveals.is_unseen(artwork, user),
        **facts,
        **queue_page.remaining(queue_filter, user),
        "undoable": undoable(request),
        "cost": ledger_effects.costs([artwork])[artwork.pk],
        "rejection": rejections.rule(artwork.team),
    }
    if review is None and _administers(request, artwork):
        known = KnownAnswer.objects.filter(review__artwork=artwork)
        found["known"] = known.first()
        found["is_markable"] = control_items.is_markable(artwork)
    return found


def _administers(request: MemberRequest, artwork: Artwork) -> bool:
    own = (each for each in request.memberships if each.team_id == artwork.team_id)
    return any(each.can_administer for each in own)


def _refusal(review: Review, user: User, desk: Desk) -> str:
    if review.status != Review.Status.WAITING or review.is_claimed:
        return ""
    if review.requested_by_id == user.pk:
        return _("You created this picture yourself: a colleague decides.")
    if desk.break_until and desk.is_resting:
        until = date_format(timezone.localtime(desk.break_until), "H:i")
        return _("You take a break until %s: nothing new comes before.") % until
    assignee = review.assigned_to
    if assignee not in (None, user) and review.due_at > timezone.now():
        return _("It is assigned to %s until it is due.") % assignee.display_name
    return _("You decided on it before, or passed it on: a colleague decides.")


def _opened_references(
    request: MemberRequest, artwork: Artwork, references: list[Upload]
) -> list[Upload]:
    """Without htmx, after a reveal."""
    key = request.GET.get("reference", "")
    return [
        each
        for each in references
        if str(each.pk) == key
        and reveals.has_revealed(artwork, request.user, each.sha256)
    ]


def _decisions(artwork: Artwork, review: Review | None) -> list[Decision]:
    """Without opinions: the second reviewer decides blind.

    A control item shows only the rules' decisions, dated like itself.
    """
    rows = artwork.decisions.select_related("decided_by").order_by("-pk")
    if not (review and review.is_control):
        return list(rows[:MOST_DECISIONS])
    by_rule = list(rows.filter(decided_by=None)[:MOST_DECISIONS])
    for decision in by_rule:
        decision.decided_at = review.created_at
    return by_rule
