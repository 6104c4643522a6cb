"""The contact sheet of a series: a tile for each cell, in the grid of its axes."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from django.db.models import Count, Q, Sum

from accounts.access import MemberRequest
from accounts.models import User
from generation.models import Artwork, Cell, Generation, Series
from generation.operations import OPERATIONS
from generation.presenters import card_rows, series_axes
from generation.presenters.cards import Card
from generation.presenters.queue_position import PageQueue
from generation.series import axes
from generation.series.axes import Axis
from generation.series.planning import Planner
from net.request_values import number

#: Tiles of a page, about: rows of the grid are not divided.
TILES = 96
MOST_FRAMES = 4
#: Pictures of one zip file.
MOST_DOWNLOADED = 2_000
Status = Generation.Status


class TileCard(Card):
    """Of one cell: few frames, as wide as the tile."""

    @property
    def frames(self) -> Any:
        return self.all_frames[:MOST_FRAMES]

    @property
    def columns(self) -> int:
        return 1 if len(self.frames) == 1 else 2

    narrow_columns = columns


@dataclass(frozen=True, slots=True)
class Tile:
    cell: Cell
    card: TileCard
    caption: str


@dataclass(frozen=True, slots=True)
class Counts:
    total: int
    done: int
    unsuccessful: int
    paused: int
    moving: int
    wrong: int
    cost: int

    @property
    def ended(self) -> int:
        return self.done + self.unsuccessful


def counts(series: Series) -> Counts:
    accepted = Q(generation__isnull=False)
    found = series.cells.aggregate(
        total=Count("pk", filter=accepted),
        done=Count(
            "pk",
            filter=Q(generation__status=Status.DONE, generation__is_storing=False),
        ),
        unsuccessful=Count(
            "pk", filter=Q(generation__status__in=Generation.UNSUCCESSFUL)
        ),
        paused=Count("pk", filter=Q(generation__status=Status.PAUSED)),
        moving=Count(
            "pk",
            filter=Q(generation__status__in=Generation.MOVING)
            | Q(generation__is_storing=True),
        ),
        wrong=Count("pk", filter=Q(generation=None, is_wrong=True)),
        cost=Sum("cost", filter=accepted, default=0),
    )
    return Counts(**found)


class Sheet:
    """A page of the series' accepted cells, from a position on."""

    def __init__(self, request: MemberRequest, series: Series) -> None:
        self.series = series
        self.viewer: User = request.user
        self.start = number(request.GET.get("from", "")) or 0
        self.counts = counts(series)

    @cached_property
    def axes(self) -> list[Axis]:
        return [Axis.read(each) for each in self.series.axes]

    @cached_property
    def labels(self) -> list[list[str]]:
        operation = OPERATIONS.get(self.series.operation)
        if operation is None:
            return [list(axis.values) for axis in self.axes]
        planner = Planner(operation, self.series.requested_by, self.series.values)
        return series_axes.labels(planner.form({}), self.axes)

    @property
    def is_matrix(self) -> bool:
        return self.series.kind == Series.Kind.MATRIX

    @cached_property
    def varied(self) -> list[int]:
        """Numbers of the axes with several values."""
        return [n for n, axis in enumerate(self.axes) if len(axis.values) > 1]

    @property
    def columns(self) -> list[str]:
        """Heads of a grid; a single axis flows instead."""
        return self.labels[self.varied[-1]] if self.is_grid else []

    @property
    def is_grid(self) -> bool:
        if not self.is_matrix or len(self.varied) < 2:
            return False
        return len(self.axes[self.varied[-1]].values) <= TILES

    @property
    def size(self) -> int:
        if not self.is_grid:
            return TILES
        wide = len(self.axes[self.varied[-1]].values)
        return max(TILES // wide, 1) * wide

    @cached_property
    def _found(self) -> list[Cell]:
        """One more than the page has."""
        rows = self.series.cells.filter(generation__isnull=False)
        rows = rows.filter(position__gte=self.start).order_by("position")
        return list(rows.select_related("generation")[: self.size + 1])

    @property
    def further(self) -> int | None:
        """Position of the next page."""
        rest = self._found[self.size :]
        return rest[0].position if rest else None

    @cached_property
    def tiles(self) -> list[Tile]:
        cells = self._found[: self.size]
        generations = [cell.generation for cell in cells if cell.generation]
        card_rows.load(generations, self.viewer)
        queue = PageQueue()
        return [
            Tile(cell, TileCard(cell.generation, self.viewer, queue=queue), caption)
            for cell, caption in zip(cells, map(self._caption, cells), strict=True)
            if cell.generation
        ]

    def _caption(self, cell: Cell) -> str:
        if not self.is_matrix:
            return cell.file_name or str(cell.position)
        places = self._places(cell)
        shown = self.varied[-1:] if self.is_grid else self.varied
        return " · ".join(self.labels[n][places[n]] for n in shown)

    def _places(self, cell: Cell) -> list[int]:
        values = axes.place(cell.position, self.axes)
        return [
            axis.values.index(value)
            for axis, value in zip(self.axes, values, strict=True)
        ]

    @property
    def rows(self) -> list[tuple[str, list[Tile]]]:
        """Of a grid: head and tiles. Otherwise one row without a head."""
        if not self.is_grid:
            return [("", self.tiles)]

        def head(tile: Tile) -> str:
            places = self._places(tile.cell)
            return " · ".join(self.labels[n][places[n]] for n in self.varied[:-1])

        return [(words, list(group)) for words, group in groupby(self.tiles, head)]

    @property
    def pictures(self) -> str:
        """Keys of all released pictures, as a download asks for them."""
        rows = Artwork.objects.visible_to(self.viewer)
        found = rows.filter(
            generation__cell__series=self.series, stored_at__isnull=False
        )
        keys = found.order_by("generation__cell__position").values_list("pk", flat=True)
        return ",".join(map(str, keys[:MOST_DOWNLOADED]))

    @cached_property
    def poll_cursor(self) -> str:
        """Another one as soon as anything on the page has changed."""
        seen: Sequence[Any] = [
            (tile.cell.pk, tile.card.generation.version, tile.card.ahead)
            for tile in self.tiles
        ]
        text = f"{self.series.version} {self.counts} {seen}"
        return f"{zlib.crc32(text.encode()):08x}"

    @property
    def moves(self) -> bool:
        return self.counts.moving > 0
