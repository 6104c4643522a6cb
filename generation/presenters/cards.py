"""What a generation's card says: one state in words, what it means, what it cost."""

from collections.abc import Iterable
from functools import cached_property

from django.db.models import Prefetch, QuerySet
from django.utils.functional import Promise

from accounts.models import User
from generation import lifecycle
from generation.models import Generation, ProviderTask
from generation.operations import OPERATIONS
from generation.presenters import cost_words, states
from generation.presenters.frames import Frame, frames
from generation.presenters.queue_position import Queue

Status = Generation.Status

#: More pictures than this stand on the generation's own page only.
MOST_FRAMES = 12


class Card:
    """Reads rows that ``with_cards`` has fetched; ``viewer`` decides the actions. All
    cards of a page share its ``queue``."""

    def __init__(
        self,
        generation: Generation,
        viewer: User,
        *,
        is_whole: bool = False,
        queue: Queue | None = None,
    ) -> None:
        self.generation = generation
        self.queue = queue or Queue()
        self.viewer = viewer
        self.is_own = generation.requested_by_id == viewer.pk
        self.is_whole = is_whole

    @cached_property
    def all_frames(self) -> list[Frame]:
        return frames(self.generation)

    @property
    def frames(self) -> list[Frame]:
        return self.all_frames if self.is_whole else self.all_frames[:MOST_FRAMES]

    @property
    def hidden_frames(self) -> int:
        return len(self.all_frames) - len(self.frames)

    @property
    def shape(self) -> str:
        """The class that gives the frames their width."""
        if not self.generation.width:  # only the gateway knows
            return "square"
        ratio = self.generation.width / max(self.generation.height, 1)
        if ratio > 1.2:
            return "landscape"
        return "square" if ratio > 0.85 else "portrait" if ratio > 0.6 else "tall"

    @property
    def columns(self) -> int:
        shown = len(self.frames)
        return 1 if shown == 1 else 2 if shown <= 4 else 3 if shown <= 9 else 4

    @property
    def operation_title(self) -> str | Promise:
        known = OPERATIONS.get(self.generation.operation)
        return known.title if known else self.generation.operation

    @cached_property
    def state(self) -> states.State:
        if self.generation.status == Status.QUEUED:
            return states.queued(self.generation, self.ahead, self.queue)
        return states.state(self.generation, self.all_frames)

    @cached_property
    def ahead(self) -> int:
        """Pictures before it in our own queue; at the gateway it tells by itself."""
        is_queued = self.generation.status == Status.QUEUED
        return self.queue.ahead(self.generation) if is_queued else 0

    @property
    def percent(self) -> float | None:
        """How far the drawing is, over all pictures; None where nothing is drawn."""
        if not any(frame.percent for frame in self.all_frames):
            return None
        return states.progress(self.all_frames)

    @property
    def can_cancel(self) -> bool:
        return self.is_own and lifecycle.can_cancel(self.generation)

    @property
    def can_accelerate(self) -> bool:
        return self.is_own and lifecycle.most_steps(self.generation) > 0

    @property
    def is_to_try_again(self) -> bool:
        """Whether what came of it invites another try, rather than another use."""
        return self.generation.status in (
            Status.REFUSED,
            Status.FAILED,
            Status.CANCELLED,
        )

    @property
    def cost(self) -> str:
        """Expected before, real after; and what came back."""
        return cost_words.words(self.generation)


def of_page(
    rows: Iterable[Generation], viewer: User, *, is_whole: bool = False
) -> list[Card]:
    queue = Queue()
    return [Card(row, viewer, is_whole=is_whole, queue=queue) for row in rows]


def with_cards(
    rows: QuerySet[Generation], *, is_whole: bool = False
) -> QuerySet[Generation]:
    """All that cards show, in a fixed number of queries; whole: the raw answers too."""
    tasks = ProviderTask.objects.all()
    if not is_whole:
        rows, tasks = rows.defer("answer"), tasks.defer("answer")
    rows = rows.select_related("requested_by", "account__health", "submit_recovery")
    return rows.prefetch_related(
        Prefetch("tasks", tasks),
        "accelerations",
        "artworks__decisions",
    )


def seen(cards: Iterable[Card]) -> str:
    """What a page tells the poll: "12:3,13:5:7", of what moves its pk and version, and
    how many it saw ahead, if any."""
    return ",".join(
        f"{card.generation.pk}:{card.generation.version}"
        + (f":{card.ahead}" if card.ahead else "")
        for card in cards
        if card.generation.is_moving
    )
