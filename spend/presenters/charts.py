"""Stacked bars by day, as SVG shapes."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

Day = datetime.date

#: SVG view box; stretched, so without text.
WIDTH, HEIGHT = 1000, 240
#: Of a day's slot.
BAR_SHARE = 0.66
MAX_GRID_LINES = 5
#: Times the highest bar; higher levels, left out, would flatten it.
MAX_LEVEL_RATIO = 3
#: Fit side by side on a narrow screen.
MAX_LABELS = 6


class Bar(NamedTuple):
    """A tuple, because a page has hundreds."""

    day: Day
    series: int
    words: str
    amount: int
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class Level:
    """``amount`` a day, from day number ``first`` to ``last``."""

    name: str
    amount: float
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    y: str
    x1: str
    x2: str


@dataclass(frozen=True, slots=True)
class Chart:
    """``lines``: y of the grid; ``ticks``: their amounts, from the top; ``labels``: per
    day, mostly None."""

    bars: list[Bar]
    lines: list[str]
    ticks: list[int]
    labels: list[Day | None]
    levels: list[Line]

    @property
    def shapes(self) -> list[tuple[int, str]]:
        """(series, path of its bars): an element per bar draws slowly."""
        drawn: dict[int, list[str]] = {}
        for bar in self.bars:
            corners = f"M{bar.x} {bar.y}h{bar.width}v{bar.height}h-{bar.width}z"
            drawn.setdefault(bar.series, []).append(corners)
        return [(series, "".join(paths)) for series, paths in sorted(drawn.items())]


def stacked(
    days: Sequence[Day],
    amounts: Mapping[Day, Sequence[int]],
    words: Sequence[str],
    levels: Sequence[Level] = (),
) -> Chart:
    """``amounts``: day → number per series; negative: drawn as 0."""
    most = max((_height(amounts[day]) for day in days), default=0)
    seen = [level for level in levels if level.amount <= most * MAX_LEVEL_RATIO]
    step, count = scale(ceil(max([most, *(level.amount for level in seen)])))
    bars = [
        bar
        for number, day in enumerate(days)
        for bar in _bars(number, day, amounts[day], words, step * count, len(days))
    ]
    lines = [f"{HEIGHT * number / count:.2f}" for number in range(count + 1)]
    ticks = [step * number for number in range(count, -1, -1)]
    drawn = [_line(level, step * count, len(days)) for level in seen]
    return Chart(bars, lines, ticks, _labels(days), drawn)


def _line(level: Level, top: int, days: int) -> Line:
    slot, y = WIDTH / days, HEIGHT * (1 - level.amount / top)
    ends = [f"{slot * number:.2f}" for number in (level.first, level.last + 1)]
    return Line(level.name, f"{y:.2f}", *ends)


def _bars(
    number: int,
    day: Day,
    parts: Sequence[int],
    words: Sequence[str],
    top: int,
    days: int,
) -> Iterator[Bar]:
    slot, y = WIDTH / days, float(HEIGHT)
    x, width = f"{slot * (number + (1 - BAR_SHARE) / 2):.2f}", f"{slot * BAR_SHARE:.2f}"
    for series, part in enumerate(parts):
        if part > 0:
            height = HEIGHT * part / top
            y -= height
            size = x, f"{y:.2f}", width, f"{height:.2f}"
            yield Bar(day, series, words[series], part, *size)


def _height(parts: Sequence[int]) -> int:
    return sum(part for part in parts if part > 0)


def scale(most: int) -> tuple[int, int]:
    """Grid distance (1, 2 or 5 times a power of ten) and count."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if ceil(most / (factor * size)) <= MAX_GRID_LINES:
                return factor * size, max(ceil(most / (factor * size)), 1)
        size *= 10


def _labels(days: Sequence[Day]) -> list[Day | None]:
    every = max(ceil(len(days) / MAX_LABELS), 1)
    last = len(days) - 1
    return [
        day if (last - number) % every == 0 else None for number, day in enumerate(days)
    ]
