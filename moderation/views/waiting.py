"""The artworks that wait for a moderator, and the parts that the queue is read in."""

from django.db.models import Q
from django.http import QueryDict

from accounts.models import Membership, Team, User
from accounts.paging import beyond
from generation.models import Artwork, ArtworkQuerySet

Verdict = Artwork.VerdictChoice

#: Part of the queue, as it stands in an address → which of the held it holds.
PARTS = {
    "": Q(),
    "block": Q(verdict=Verdict.BLOCK),
    "review": Q(verdict=Verdict.REVIEW),
    "check_failed": Q(is_check_failed=True),
    "offending": Q(is_offending=True),
    "no_audit": Q(verdict=Verdict.MISSING),
}


def waiting(user: User, part: str = "") -> ArtworkQuerySet:
    held = Artwork.objects.reviewable_by(user).held()
    return held.filter(PARTS[part])


def known_part(asked: QueryDict) -> str:
    """The part that an address or a form names; all of it where it names none."""
    part = asked.get("part", "")
    return part if part in PARTS else ""


def moderated_teams(user: User) -> list[Team]:
    memberships = user.memberships.filter(role__in=Membership.MODERATING)
    return [row.team for row in memberships.select_related("team").order_by("pk")]


def next_after(artwork: Artwork, user: User, part: str = "") -> Artwork | None:
    """The next in the same team and part, else its first, else one of another team."""
    others = waiting(user, part).exclude(pk=artwork.pk).order_by("created_at", "pk")
    here = others.filter(team=artwork.team_id)
    later = beyond(here, artwork.created_at, artwork.pk, oldest_first=True)
    return later.first() or here.first() or others.first()
