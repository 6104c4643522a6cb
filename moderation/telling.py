"""Who is told of decisions, and as what. Call in the transaction of the decision."""

from collections.abc import Iterable, Mapping

from django.urls import reverse

from accounts.models import User
from generation.models import Artwork
from moderation.models import Decision, Review
from notifications import notices
from notifications.models import Notice

Action = Decision.Action
Kind = Notice.Kind
#: By a rule, once a picture is stored; and by a person.
BY_RULE = {Action.RELEASE: Kind.DONE, Action.HOLD: Kind.HELD}
BY_RULE |= {Action.REJECT: Kind.REJECTED}
BY_PERSON = {Action.RELEASE: Kind.RELEASED, Action.REJECT: Kind.REJECTED}
#: Pages that show all of a kind; none names a picture.
SEEN_IN = {Kind.DONE: "gallery:gallery", Kind.RELEASED: "gallery:gallery"}


def screened(made: Iterable[Decision]) -> None:
    by_kind: dict[str, list[Artwork]] = {}
    for decision in made:
        kind = BY_RULE[Action(decision.action)]
        by_kind.setdefault(kind, []).append(decision.artwork)
    for told, of in sorted(by_kind.items()):
        _tell(told, of)


def settled(reviews: Iterable[Review], moving: Mapping[Action, list[Artwork]]) -> None:
    """An appeal is answered, whether or not its picture moves."""
    closed = [row for row in reviews if not row.is_control]
    appeals = [row.artwork for row in closed if row.cause == Review.Cause.APPEAL]
    answered = {artwork.pk for artwork in appeals}
    _tell(Kind.APPEAL, appeals)
    for action, of in sorted(moving.items()):
        _tell(BY_PERSON[action], [row for row in of if row.pk not in answered])


def moved(kind: str, artwork: Artwork, by: User) -> None:
    notices.tell(
        kind, artwork.requested_by_id, artwork.team_id, url=_seen_in(kind), by=by
    )


def _tell(kind: str, of: Iterable[Artwork]) -> None:
    whose = ((row.requested_by_id, row.team_id) for row in of)
    notices.tell_each(kind, whose, url=_seen_in(kind))


def _seen_in(kind: str) -> str:
    return reverse(SEEN_IN.get(Kind(kind), "generation:activity"))
