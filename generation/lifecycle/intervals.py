"""Intervals that grow with age: the formula of every schedule here."""

import datetime
import random
from dataclasses import dataclass

#: Lengthens each interval by up to this share, to spread rows of one moment.
JITTER = 0.05


@dataclass(frozen=True, slots=True)
class GrowingInterval:
    """A share of the age, within bounds in seconds."""

    share_of_age: float
    shortest: float
    longest: float

    def seconds(self, age: datetime.timedelta) -> float:
        wait = self.share_of_age * age.total_seconds()
        return min(max(wait, self.shortest), self.longest)

    def wait(self, age: datetime.timedelta) -> datetime.timedelta:
        return jittered(self.seconds(age))


def jittered(seconds: float) -> datetime.timedelta:
    return datetime.timedelta(seconds=seconds * random.uniform(1.0, 1.0 + JITTER))


def longest_jittered(seconds: float) -> datetime.timedelta:
    return datetime.timedelta(seconds=seconds * (1.0 + JITTER))
