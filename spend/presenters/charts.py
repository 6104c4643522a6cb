"""Stacked bars by day, as shapes that a template draws. Colours come from classes."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

Day = datetime.date

#: The drawing's own units. It is stretched to its place: no text stands inside.
WIDTH, HEIGHT = 1000, 240
#: How much of a day's slot its bar takes.
FILL = 0.66
LINES = 5
#: So many times the highest bar is the highest level that is drawn.
FAR = 3
#: Day labels that fit side by side on a narrow screen.
LABELS = 6


class Bar(NamedTuple):
    """Of a day and a series; in hundreds, so nothing heavier than a tuple."""

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
    """A line at so much a day, over the days from ``first`` to ``last`` (numbers)."""

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
    """``ticks`` from the top to 0; ``labels`` one a day, most of them empty."""

    bars: list[Bar]
    lines: list[str]
    ticks: list[int]
    labels: list[Day | None]
    levels: list[Line]

    @property
    def shapes(self) -> list[tuple[int, str]]:
        """All bars of a series as one path: drawn one by one, they cost a page more
        than all else on it."""
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
    """``amounts``: day → one number a series; below zero counts as nothing here. A
    level far above all bars is left out: it would press them flat."""
    most = max((_height(amounts[day]) for day in days), default=0)
    seen = [level for level in levels if level.amount <= most * FAR]
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
    x, width = f"{slot * (number + (1 - FILL) / 2):.2f}", f"{slot * FILL:.2f}"
    for series, part in enumerate(parts):
        if part > 0:
            height = HEIGHT * part / top
            y -= height
            size = x, f"{y:.2f}", width, f"{height:.2f}"
            yield Bar(day, series, words[series], part, *size)


def _height(parts: Sequence[int]) -> int:
    return sum(part for part in parts if part > 0)


def scale(most: int) -> tuple[int, int]:
    """A round distance of grid lines, and how many of them hold ``most``."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if ceil(most / (factor * size)) <= LINES:
                return factor * size, max(ceil(most / (factor * size)), 1)
        size *= 10


def _labels(days: Sequence[Day]) -> list[Day | None]:
    """Every so many days one is named, counted back from the last."""
    every = max(ceil(len(days) / LABELS), 1)
    last = len(days) - 1
    return [
        day if (last - number) % every == 0 else None for number, day in enumerate(days)
    ]
