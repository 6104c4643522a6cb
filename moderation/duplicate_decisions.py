"""Duplicate decisions: known bytes follow the person's decision."""

from collections.abc import Collection, Iterable, Mapping

from generation.models import Artwork
from moderation import rules
from moderation.models import Decision
from moderation.rules import Judgement

Moderation = Artwork.Moderation
#: State → the action that led there.
ACTIONS = {
    Moderation.RELEASED: Decision.Action.RELEASE,
    Moderation.REJECTED: Decision.Action.REJECT,
}
#: Team and sha-256.
Key = tuple[int, str]


def key(artwork: Artwork) -> Key:
    return artwork.team_id, artwork.sha256


def decided_before(artworks: Iterable[Artwork]) -> dict[Key, Decision]:
    """The decision in force about equal bytes in the same team.

    Looks the bytes up alone, by their index: a join begins with all pictures of a team
    or a state.
    """
    artworks = [artwork for artwork in artworks if artwork.sha256]
    if not artworks:
        return {}
    hashes = {artwork.sha256 for artwork in artworks}
    teams = {artwork.team_id for artwork in artworks}
    equal = Artwork.objects.filter(sha256__in=hashes).order_by()
    keys = [
        pk
        for pk, team, state in equal.values_list("pk", "team", "moderation")
        if team in teams and state in ACTIONS
    ]
    if not keys:
        return {}
    return {key(row.artwork): row for row in in_force(keys)}


def in_force(artworks: Collection[int]) -> list[Decision]:
    """Each artwork's last decision of a person that agrees with its state, in order of
    decision. One query."""
    rows = Decision.objects.kept().filter(artwork__in=artworks)
    rows = rows.filter(decided_by__isnull=False)
    rows = rows.select_related("artwork", "decided_by").order_by("pk")
    last: dict[int, Decision] = {}
    for row in rows:
        if row.action == ACTIONS.get(Moderation(row.artwork.moderation)):
            last.pop(row.artwork_id, None)
            last[row.artwork_id] = row
    return list(last.values())


def follow(artwork: Artwork, earlier: Mapping[Key, Decision]) -> Judgement | None:
    """None: judge by rule. So is a picture whose requester released the equal bytes:
    nobody moderates pictures that they requested. So is a severe one whose equal bytes
    were released unseen, under a milder audit."""
    decision = earlier.get(key(artwork))
    if decision is None:
        return None
    action = Decision.Action(decision.action)
    is_own = decision.decided_by_id == artwork.requested_by_id
    if action == Decision.Action.RELEASE and (is_own or _is_unseen(artwork, decision)):
        return None
    return Judgement(action, (f"same:{decision.artwork_id}",))


def _is_unseen(artwork: Artwork, earlier: Decision) -> bool:
    seen = earlier.artwork.reveals.filter(revealed_by=earlier.decided_by, reference="")
    return rules.is_severe(artwork) and not seen.exists()
