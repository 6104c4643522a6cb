"""Linear forecast of a month's spending, with a prediction band."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import mean, stdev

MIN_FULL_DAYS = 3
#: Half width of the band: 80 % of normal values.
BAND_DEVIATIONS = 1.28


@dataclass(frozen=True, slots=True)
class Forecast:
    """Whole units, but ``a_day``: mean of the ``full`` days, which spent ``so_far``.
    ``rest``: days to come, with today."""

    low: int
    middle: int
    high: int
    a_day: float
    full: int
    so_far: int
    rest: int

    @property
    def to_come(self) -> int:
        """Of the ``rest``: with ``so_far`` it makes ``middle``."""
        return self.middle - self.so_far


def forecast(full_days: Sequence[int], today: int, days: int) -> Forecast | None:
    """``full_days``: amounts of days before today; ``today``: so far; ``days``: length
    of the month. None below `MIN_FULL_DAYS`."""
    if len(full_days) < MIN_FULL_DAYS:
        return None
    a_day, rest = mean(full_days), days - len(full_days)
    spent = sum(full_days)
    # Days to come and the estimated mean vary.
    band = BAND_DEVIATIONS * stdev(full_days) * sqrt(rest * (1 + rest / len(full_days)))
    least = spent + max(today, 0)
    middle = spent + a_day * rest
    return Forecast(
        low=max(round(middle - band), least),
        middle=max(round(middle), least),
        high=max(round(middle + band), least),
        a_day=a_day,
        full=len(full_days),
        so_far=spent,
        rest=rest,
    )
