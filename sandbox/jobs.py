"""One job: its stage and cost as functions of time.

No code runs while a job is drawn; a submit sets start and end::

    submitted --ready--> queued --start--> drawing --end--> done | failed
                           `--cancel--> cancelled             failed --flip--> done

Times: Unix seconds (float).
"""

import math
import random
import secrets
from dataclasses import dataclass, field
from typing import Any

LIVE = ("submitted", "queued", "drawing")


@dataclass(slots=True, eq=False)
class Job:
    """One key; ``expected`` and ``final`` in integrals (Jumdata: billed pictures)."""

    key: str
    gateway: str
    account: str
    batch: str
    prompt: str
    seed: str
    width: int
    height: int
    pictures: int
    request: dict[str, Any]
    base_url: str
    notify_url: str
    created: float
    ready: float
    draw: float
    expected: int
    final: int
    settling: float
    ending: str
    start: float = 0.0
    end: float = 0.0
    place: int = 0
    cancelled: float = 0.0
    attempts: list[list[Any]] = field(default_factory=list)
    told: bool = False
    # Its pictures' name at the CDN; not guessable from the key.
    file: str = field(default_factory=lambda: new_key())
    # Estimated drawing time as a multiple of ``draw``.
    guess: float = 1.0
    # ``usual`` is answered as in contract §7.6.
    kind: str = "usual"
    # Late changes, in seconds after the end (0: never): a failure becomes done; a
    # failure's charge is refunded; a charge is multiplied by ``recharge_factor``.
    flips: float = 0.0
    refunds: float = 0.0
    recharges: float = 0.0
    recharge_factor: float = 1.0
    # What ``Book`` holds for it; not stored.
    counted: int = 0

    def stage(self, now: float) -> str:
        if self.cancelled:
            return "cancelled"
        if now < self.ready:
            return "submitted"
        if now < self.start:
            return "queued"
        if now < self.end:
            return "drawing"
        is_done = self.ending == "done" or self._is_past(self.flips, now)
        return "done" if is_done else "failed"

    def _is_past(self, seconds: float, now: float) -> bool:
        """``seconds`` after the end; 0: never."""
        return bool(seconds) and now >= self.end + seconds

    def changes(self) -> list[float]:
        settled = self.end + (self.settling if self.ending == "done" else 0)
        later = (self.flips, self.refunds, self.recharges)
        return [settled, *(self.end + seconds for seconds in later if seconds)]

    def percent(self, now: float) -> float:
        """0 to 100; a job that never ends approaches 99."""
        passed = max(0.0, now - self.start)
        if math.isinf(self.end):
            return round(99 * passed / (passed + self.draw), 2)
        return round(min(100.0, 100 * passed / self.draw if self.draw else 100.0), 2)

    def seconds_left(self, now: float) -> int:
        estimate = math.ceil(self.start + self.draw * self.guess - now)
        return max(1 if math.isinf(self.end) else 0, estimate)

    def is_settled(self, now: float) -> bool:
        return bool(self.cancelled) or (
            now >= self.end + (self.settling if self.ending == "done" else 0)
        )

    def charged(self, now: float) -> int:
        """Refunds not subtracted."""
        if self.cancelled or not self.is_settled(now):
            return 0
        if self.stage(now) == "done":
            is_other = self._is_past(self.recharges, now)
            return round(self.final * (self.recharge_factor if is_other else 1))
        return self.final if self.refunds else 0

    def refunded(self, now: float) -> int:
        has_failed = self.stage(now) == "failed"
        is_back = has_failed and self._is_past(self.refunds, now)
        return self.charged(now) if is_back else 0

    def paid(self, now: float) -> int:
        return self.charged(now) - self.refunded(now)

    def held(self, now: float) -> int:
        """Taken off the balance: the estimate, then the cost."""
        return self.paid(now) if self.is_settled(now) else self.expected


def new_key() -> str:
    return secrets.token_hex(16).upper()


def drawing_time(key: str, seconds: float, spread: float) -> float:
    """Fixed for each key, within the spread."""
    return seconds * (1 + spread * random.Random(key).uniform(-1, 1))
