"""What a month will come to: linear on its days so far, with a band around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import mean, stdev

#: Fewer full days say nothing.
LEAST_DAYS = 3
#: So many standard deviations on each side hold four months of five.
WIDTH = 1.28


@dataclass(frozen=True, slots=True)
class Forecast:
    """In whole units; ``a_day`` is the pace so far: ``full`` days came to ``so_far``,
    and ``rest`` days, today among them, are still to come."""

    low: int
    middle: int
    high: int
    a_day: float
    full: int
    so_far: int
    rest: int


def forecast(full_days: Sequence[int], today: int, days: int) -> Forecast | None:
    """``full_days``: what each day of the month before today came to; ``today``: what
    today came to so far; ``days``: how many the month has. None: too early to say."""
    if len(full_days) < LEAST_DAYS:
        return None
    pace, rest = mean(full_days), days - len(full_days)
    spent = sum(full_days)
    # The days to come scatter, and so does the mean they are expected around.
    band = WIDTH * stdev(full_days) * sqrt(rest * (1 + rest / len(full_days)))
    least = spent + max(today, 0)
    middle = spent + pace * rest
    return Forecast(
        low=max(round(middle - band), least),
        middle=max(round(middle), least),
        high=max(round(middle + band), least),
        a_day=pace,
        full=len(full_days),
        so_far=spent,
        rest=rest,
    )
