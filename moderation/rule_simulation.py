"""Simulates proposed rules on past pictures. Writes nothing."""

from collections import Counter
from dataclasses import dataclass, field

from generation.models import Artwork
from moderation import rules
from moderation.models import Decision

Action = Decision.Action
#: The team's latest pictures judged again.
LOOK_BACK = 1000
#: Changed pictures that the page shows.
MOST_EXAMPLES = 12


@dataclass(slots=True)
class Simulation:
    """Outcomes under the current and the proposed rules.

    ``changed`` counts pairs (current, proposed); ``against`` counts proposed releases
    and rejections where a person decided otherwise.
    """

    pictures: int = 0
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    changed: Counter[tuple[str, str]] = field(default_factory=Counter)
    against: int = 0
    examples: list[tuple[Artwork, str, str]] = field(default_factory=list)

    @property
    def rows(self) -> list[tuple[tuple[str, str], int]]:
        """For a template, where ``.items`` of a Counter means a key."""
        return self.changed.most_common()


def simulate(
    team: int, current: rules.TeamRules, proposed: rules.TeamRules
) -> Simulation:
    """The number of queries does not grow with the rules."""
    simulation = Simulation()
    rows = Artwork.objects.filter(team=team, stored_at__isnull=False)
    rows = rows.exclude(moderation=Artwork.Moderation.PENDING)
    rows = rows.select_related("generation").order_by("-created_at", "-pk")
    artworks = list(rows[:LOOK_BACK])
    by_people = _decided_by_people([artwork.pk for artwork in artworks])
    for artwork in artworks:
        operation = artwork.generation.operation
        before = _outcome(rules.judge(artwork, current, operation))
        after = _outcome(rules.judge(artwork, proposed, operation))
        _count(simulation, artwork, before, after, by_people.get(artwork.pk))
    return simulation


def _decided_by_people(keys: list[int]) -> dict[int, str]:
    rows = Decision.objects.kept().filter(artwork__in=keys, decided_by__isnull=False)
    rows = rows.exclude(action=Action.HOLD).order_by("pk")
    return dict(rows.values_list("artwork", "action"))


def _count(
    simulation: Simulation,
    artwork: Artwork,
    before: str,
    after: str,
    by_person: str | None,
) -> None:
    simulation.pictures += 1
    simulation.before[before] += 1
    simulation.after[after] += 1
    if after in (Action.RELEASE, Action.REJECT) and by_person not in (None, after):
        simulation.against += 1
    if before != after:
        simulation.changed[before, after] += 1
        if len(simulation.examples) < MOST_EXAMPLES:
            simulation.examples.append((artwork, before, after))


def _outcome(judged: rules.Judgement) -> str:
    """In `Rule.Outcome`, "two" is a hold for two people."""
    return "two" if judged.two_for else str(judged.action)
