"""A generation's card: frames, state in words, cost, actions."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise

from accounts.access import MemberRequest
from accounts.models import User
from accounts.paging import page
from generation import lifecycle
from generation.models import Generation
from generation.operations import OPERATIONS
from generation.presenters import card_rows, cost_words, states, strips
from generation.presenters.frames import Frame, frames
from generation.presenters.queue_position import PageQueue
from net.request_values import number
from spend.templatetags.formats import amount, since

Status = Generation.Status

#: Frames on a card; the generation's page shows all.
MOST_FRAMES = 12
#: Columns of a low strip.
MOST_BARE = 6
#: Cards that the create page begins with; further ones at a time.
FIRST = 2
LATEST = 12


class Card:
    """Of a row that `card_rows` loaded. Actions depend on ``viewer``; a page's cards
    share one ``queue``."""

    def __init__(
        self,
        generation: Generation,
        viewer: User,
        *,
        is_whole: bool = False,
        queue: PageQueue | None = None,
    ) -> None:
        self.generation = generation
        self.queue = queue or PageQueue()
        self.viewer = viewer
        self.is_own = generation.requested_by_id == viewer.pk
        self.is_whole = is_whole

    @cached_property
    def still_key(self) -> tuple[object, ...] | None:
        """All that the card shows but the language; None while it moves, when it has
        forms."""
        row = self.generation
        if row.is_moving:
            return None
        return (
            row.pk,
            row.operation,
            row.prompt,
            (row.width, row.height),
            (row.created_at, since(row.created_at)),
            row.requested_by.display_name,
            (self.is_own, self.is_whole, self.is_unsuccessful),
            (self.state, self.cost, self.is_bare, self.has_overlay),
            (self.ratio, self.columns, self.narrow_columns, self.hidden_frames),
            [self._shown(frame) for frame in self.frames],
        )

    def _shown(self, frame: Frame) -> tuple[object, ...]:
        picture = frame.artwork
        whose = picture and (
            picture.pk,
            picture.moderation,
            picture.requested_by_id == self.viewer.pk,
        )
        return frame.tone, frame.icon, str(frame.words), whose

    @cached_property
    def all_frames(self) -> list[Frame]:
        return frames(self.generation)

    @property
    def frames(self) -> list[Frame]:
        return self.all_frames if self.is_whole else self.all_frames[:MOST_FRAMES]

    @property
    def hidden_frames(self) -> int:
        return len(self.all_frames) - len(self.frames)

    @cached_property
    def ratio(self) -> int:
        """Of each frame, from the first moment on; see `strips.ratio`."""
        width, height = self.generation.width, self.generation.height
        if not width:  # the gateway decides
            arrived = (frame.artwork for frame in self.all_frames if frame.is_shown)
            if artwork := next(arrived, None):
                width, height = artwork.width, artwork.height
        return strips.ratio(width, height)

    @property
    def columns(self) -> int:
        count = len(self.frames)
        if self.is_bare:
            return min(count, MOST_BARE)
        return strips.columns(count, self.ratio, is_whole=self.is_whole)

    @property
    def narrow_columns(self) -> int:
        return strips.narrow_columns(len(self.frames), self.ratio)

    @property
    def is_bare(self) -> bool:
        """Ended without a picture, shown or decided on: drawn low."""
        return not self.has_pictures and not self.generation.is_moving

    @cached_property
    def has_pictures(self) -> bool:
        return any(frame.artwork for frame in self.all_frames)

    @cached_property
    def has_overlay(self) -> bool:
        """One state for the whole strip, not one on each frame."""
        kinds = {(frame.tone, frame.words) for frame in self.all_frames}
        is_shown = any(frame.is_shown for frame in self.all_frames)
        return self.generation.is_moving or (not is_shown and len(kinds) == 1)

    @property
    def overlay_words(self) -> str | Promise:
        """At rest the frames' own: an avatar is trained, not only done."""
        if self.generation.is_moving or not self.all_frames:
            return self.state.words
        return self.all_frames[0].words

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
        """Pictures ahead in our queue; 0 once sent."""
        is_queued = self.generation.status == Status.QUEUED
        return self.queue.ahead(self.generation) if is_queued else 0

    @property
    def percent(self) -> float | None:
        """Over all pictures, 0 to 100; None before the first has any."""
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
    def place_price(self) -> str:
        """Of one queue position, with its unit."""
        price = lifecycle.place_price(self.generation) or 0
        return amount(price, self.generation.unit)

    @property
    def is_unsuccessful(self) -> bool:
        """Offers *Try again* instead of *Reuse*."""
        return self.generation.status in (
            Status.REFUSED,
            Status.FAILED,
            Status.CANCELLED,
        )

    @property
    def cost(self) -> str:
        """Expected while it runs; then real, and what was returned."""
        return cost_words.words(self.generation)


def of_page(
    rows: Sequence[Generation], viewer: User, *, is_whole: bool = False
) -> list[Card]:
    card_rows.load(rows, viewer)
    queue = PageQueue()
    return [Card(row, viewer, is_whole=is_whole, queue=queue) for row in rows]


def of(row: Generation, viewer: User, *, is_whole: bool = False) -> Card:
    (card,) = of_page([row], viewer, is_whole=is_whole)
    return card


def own(request: MemberRequest) -> QuerySet[Generation]:
    """Newest first."""
    rows = Generation.objects.in_team(request.membership.team)
    return rows.filter(requested_by=request.user).order_by("-created_at", "-pk")


def latest_context(request: MemberRequest) -> dict[str, Any]:
    """The first screen; older ones come when it is scrolled to its end, or as a page
    of their own (``before``)."""
    before = request.GET.get("before", "")
    found = page(own(request), before, LATEST if before else FIRST)
    latest = of_page(found.rows, request.user)
    context = {"cards": latest, "older": found.older}
    if before:  # no new ones come on top of older ones
        return context | {"poll_cursor": poll_cursor(latest)}
    return context | feed_context(latest)


def older_context(request: MemberRequest) -> dict[str, Any]:
    """Further cards of a feed, whose poller goes on with them."""
    context = latest_context(request)
    seen = request.GET.get("seen", "")
    context["poll_cursor"] = joined(seen, context["poll_cursor"])
    return context | {"newest": number(request.GET.get("after", ""))}


def feed_context(shown: Sequence[Card]) -> dict[str, Any]:
    """Of a page of the newest own generations, to which further ones come."""
    newest = max((card.generation.pk for card in shown), default=0)
    return {"poll_cursor": poll_cursor(shown), "newest": newest}


def poll_cursor(cards: Iterable[Card]) -> str:
    """ "12:3,13:5:7": key, version and pictures ahead (if any) of each moving card.
    The `card_updates` view compares it with the rows."""
    return ",".join(
        cursor_entry(card.generation.pk, card.generation.version, card.ahead)
        for card in cards
        if card.generation.is_moving
    )


def cursor_entry(pk: int, version: int, ahead: int) -> str:
    return f"{pk}:{version}" + (f":{ahead}" if ahead else "")


def joined(*cursors: str) -> str:
    return ",".join(filter(None, cursors))
