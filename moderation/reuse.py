"""What was decided before of the same bytes holds for them again."""

from collections.abc import Iterable, Mapping

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
    rows = Decision.objects.filter(artwork__in=same, decided_by__isnull=False)
    found: dict[Key, Decision] = {}
    for row in rows.select_related("artwork").order_by("pk"):
        if row.action == ACTIONS[Moderation(row.artwork.moderation)]:
            found[key(row.artwork)] = row
    return found


def follow(artwork: Artwork, earlier: Mapping[Key, Decision]) -> Judgement | None:
    decision = earlier.get(key(artwork))
    if decision is None:
        return None
    action = Decision.Action(decision.action)
    return Judgement(action, (f"same:{decision.artwork_id}",))
