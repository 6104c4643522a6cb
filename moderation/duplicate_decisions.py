"""What was decided before of the same bytes holds for them again."""

from collections.abc import Collection, Iterable, Mapping

from generation.models import Artwork
from moderation.models import Decision
from moderation.rules import Judgement

Moderation = Artwork.Moderation
ACTIONS = {
    Moderation.RELEASED: Decision.Action.RELEASE,
    Moderation.REJECTED: Decision.Action.REJECT,
}
Key = tuple[int, str]


def key(artwork: Artwork) -> Key:
    return artwork.team_id, artwork.sha256


def decided_before(artworks: Iterable[Artwork]) -> dict[Key, Decision]:
    """Team and sha-256 → what a person decided of them last, where that stands.

    The bytes are looked up first, alone, by their index: joined, a database begins with
    the pictures of a team or of a state, and reads them all.
    """
    artworks = [artwork for artwork in artworks if artwork.sha256]
    if not artworks:
        return {}
    wanted = {artwork.sha256 for artwork in artworks}
    teams = {artwork.team_id for artwork in artworks}
    alike = Artwork.objects.filter(sha256__in=wanted).order_by()
    same = [
        pk
        for pk, team, state in alike.values_list("pk", "team", "moderation")
        if team in teams and state in ACTIONS
    ]
    if not same:
        return {}
    return {key(row.artwork): row for row in standing(same)}


def standing(artworks: Collection[int]) -> list[Decision]:
    """What a person decided of each of them last, where it stands; in the order in
    which it was decided. One query."""
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
    """Nobody releases what is their own in this way, either: that is judged anew."""
    decision = earlier.get(key(artwork))
    if decision is None:
        return None
    action = Decision.Action(decision.action)
    is_own = decision.decided_by_id == artwork.requested_by_id
    if is_own and action == Decision.Action.RELEASE:
        return None
    return Judgement(action, (f"same:{decision.artwork_id}",))
