"""What other rules would have done to past decisions, before anybody saves them."""

from collections import Counter
from dataclasses import dataclass, field

from generation.models import Artwork
from moderation import rules
from moderation.models import Decision

Action = Decision.Action
#: The latest pictures of the team that are judged anew.
LOOK_BACK = 1000
#: Of those that would change, so many are named.
EXAMPLES = 12


@dataclass(slots=True)
class Replay:
    """Counts of the same pictures under the rules in force and under the new ones.

    ``changed`` counts (then, now) pairs; ``against`` are those that the new rules would
    release or reject by themselves although a person decided otherwise.
    """

    pictures: int = 0
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    changed: Counter[tuple[str, str]] = field(default_factory=Counter)
    against: int = 0
    examples: list[tuple[Artwork, str, str]] = field(default_factory=list)

    @property
    def rows(self) -> list[tuple[tuple[str, str], int]]:
        """For a template, to which a Counter says 0 when asked for its items."""
        return self.changed.most_common()


def replay(team: int, current: rules.Book, proposed: rules.Book) -> Replay:
    """A few queries, whatever the number of rules. Nothing is written."""
    found = Replay()
    rows = Artwork.objects.filter(team=team, stored_at__isnull=False)
    rows = rows.exclude(moderation=Artwork.Moderation.PENDING)
    rows = rows.select_related("generation").order_by("-created_at", "-pk")
    artworks = list(rows[:LOOK_BACK])
    said = _said_by_people([artwork.pk for artwork in artworks])
    for artwork in artworks:
        operation = artwork.generation.operation
        then = rules.judge(artwork, current, operation)
        now = rules.judge(artwork, proposed, operation)
        _count(found, artwork, (_word(then), _word(now)), said.get(artwork.pk))
    return found


def _said_by_people(keys: list[int]) -> dict[int, str]:
    """Artwork → what a person decided of it last, and did not take back."""
    rows = Decision.objects.kept().filter(artwork__in=keys, decided_by__isnull=False)
    rows = rows.exclude(action=Action.HOLD).order_by("pk")
    return dict(rows.values_list("artwork", "action"))


def _count(
    found: Replay, artwork: Artwork, words: tuple[str, str], said: str | None
) -> None:
    then, now = words
    found.pictures += 1
    found.before[then] += 1
    found.after[now] += 1
    if now in (Action.RELEASE, Action.REJECT) and said and said != now:
        found.against += 1
    if then != now:
        found.changed[words] += 1
        if len(found.examples) < EXAMPLES:
            found.examples.append((artwork, then, now))


def _word(judged: rules.Judgement) -> str:
    """As a rule's outcome says it: two people are more than a hold."""
    return "two" if judged.two_for else str(judged.action)
