"""Statements of reasons, Article 17(3) of Regulation (EU) 2022/2065.

Attributes as in the DSA Transparency Database (API documentation at
transparency.dsa.ec.europa.eu). Texts are in the reader's language and name no person.
"""

import datetime
from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from moderation import rules
from moderation.models import Decision, DecisionQuerySet, Review, label_word
from moderation.presenters.wording import advice, percent, words

Action, Reason, Cause = Decision.Action, Decision.Reason, Review.Cause
CHUNK = 1000
#: Reason → nearest category; others break the portal's terms, not a law.
CATEGORIES = {
    Reason.VIOLENCE: "STATEMENT_CATEGORY_VIOLENCE",
    Reason.POLITICS: (
        "STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS"
    ),
    Reason.PROHIBITED: "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS",
    Reason.RIGHTS: "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS",
}
OTHER = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
#: Causes without a machine's suggestion.
BY_PEOPLE = (Cause.REPORT, Cause.REOPENED)


def statements(
    decisions: DecisionQuerySet, address: Callable[[str], str]
) -> Iterator[dict[str, Any]]:
    """One per rejection, the newest first."""
    after = Decision.objects.filter(artwork=OuterRef("artwork"), pk__gt=OuterRef("pk"))
    released = after.filter(action=Action.RELEASE, review__status="closed")
    rows = decisions.filter(action=Action.REJECT).annotate(
        ended_at=Subquery(released.order_by("pk").values("decided_at")[:1])
    )
    rows = rows.select_related("artwork__generation", "review")
    for decision in rows.order_by("-pk").iterator(chunk_size=CHUNK):
        yield statement(decision, address)


def statement(decision: Any, address: Callable[[str], str]) -> dict[str, Any]:
    artwork = decision.artwork
    cause = decision.review.cause if hasattr(decision, "review") else ""
    is_by_rule = decision.decided_by_id is None
    is_notified = cause in BY_PEOPLE or not (cause or is_by_rule)
    kind = "VIDEO" if artwork.content_type.startswith("video/") else "IMAGE"
    appeal = address(reverse("moderation:outcome", args=[artwork.pk]))
    return {
        "puid": f"decision-{decision.pk}",
        "decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"],
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": decision.reason_word,
        "incompatible_content_explanation": decision.text or advice(decision.reason),
        "decision_facts": _facts(decision, cause),
        "category": CATEGORIES.get(decision.reason, OTHER),
        "content_type": ["CONTENT_TYPE_SYNTHETIC_MEDIA", f"CONTENT_TYPE_{kind}"],
        "content_date": _day(artwork.created_at),
        "application_date": _day(decision.decided_at),
        "end_date_visibility_restriction": _day(decision.ended_at),
        "territorial_scope": [],
        "territorial_scope_explanation": _("Everywhere: in the whole portal."),
        "source_type": (
            "SOURCE_TYPE_OTHER_NOTIFICATION"
            if cause == Cause.REPORT
            else "SOURCE_VOLUNTARY"
        ),
        "automated_detection": "No" if is_notified else "Yes",
        "automated_decision": "AUTOMATED_DECISION_FULLY"
        if is_by_rule
        else "AUTOMATED_DECISION_NOT_AUTOMATED"
        if is_notified
        else "AUTOMATED_DECISION_PARTIALLY",
        "redress": _(
            "The author may appeal once; another moderator decides: %(address)s"
        )
        % {"address": appeal},
    }


def _facts(decision: Decision, cause: str) -> str:
    strongest = rules.strongest(decision.artwork)
    found = [words(f"verdict:{decision.artwork.verdict}")]
    if strongest.label:
        label = f"{label_word(strongest.label)} {percent(strongest.rate)}"
        found.append(label.strip())
    if cause:
        found.append(str(Cause(cause).label))
    found += [words(ground) for ground in decision.grounds]
    return " · ".join(dict.fromkeys(found))


def _day(at: datetime.datetime | None) -> str | None:
    return timezone.localdate(at).isoformat() if at else None
