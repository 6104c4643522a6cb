"""A gateway as a model: what it was asked for, and what it takes for it in the end.

It stands in for the network calls of the real client, and tells the truth unless
``mood`` says how the next answer goes wrong. Whatever it made, it remembers.
"""

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from gateways.providers.base import (
    CostState,
    Family,
    Fingerprint,
    Order,
    State,
    Submitted,
    SubmittedTask,
    TaskUpdate,
    Trace,
)
from gateways.providers.errors import Refused, Unavailable, Unknown
from gateways.providers.faults import Fault
from spend.units import Unit

#: Integrals: a picture, and a place that one picture is moved forward.
PRICE, PLACE = 4, 2
AHEAD = 9
LIVE = (State.QUEUED, State.DRAWING)


@dataclass(eq=False)
class Job:
    key: str
    batch: int
    made: Fingerprint
    made_at: datetime.datetime
    state: State = State.QUEUED
    percent: float = 0.0
    ahead: int = AHEAD
    extra: int = 0
    cost: int = 0
    cost_state: CostState = CostState.PENDING

    @property
    def is_final(self) -> bool:
        return self.state not in LIVE and self.cost_state != CostState.PENDING

    def end(self, state: State, cost_state: CostState) -> None:
        """``cost_state`` PENDING: the charge is decided later."""
        self.state, self.cost_state = state, cost_state
        full = PRICE + self.extra
        charged = {CostState.CHARGED: full, CostState.SHORT: full // 2}
        self.cost = charged.get(cost_state, 0)

    def update(self) -> TaskUpdate:
        is_done = self.state == State.SUCCEEDED
        return TaskUpdate(
            self.key,
            self.state,
            percent=self.percent if self.state == State.DRAWING else None,
            ahead=self.ahead if self.state == State.QUEUED else None,
            step_seconds=7,
            picture_urls=(f"https://cdn.wujiebantu.com/{self.key}",) if is_done else (),
            cost=self.cost,
            cost_state=self.cost_state,
            raw={"key": self.key},
        )


@dataclass
class Gateway:
    """``mood`` of paid and state-changing calls: well, refuse, away (nothing done),
    lost (done, and the answer never came), vain (not done, and no answer)."""

    jobs: dict[str, Job] = field(default_factory=dict)
    mood: str = "well"
    #: Whose submit is on its way: its generation's key.
    sending: int = 0
    #: Submits that may have been paid, and accelerations, by whose they are.
    submits: Counter[int] = field(default_factory=Counter)
    accelerations: int = 0
    #: What happens there before the next call is answered, once.
    meanwhile: Any = None

    def of(self, generation: int) -> list[Job]:
        return [job for job in self.jobs.values() if job.batch == generation]

    def submit(self, order: Order, *, notify_url: str = "") -> Submitted:
        if self.submits[self.sending]:  # the second one, whatever comes of it
            self.submits[self.sending] += 1
        self._fail_before()
        self.submits[self.sending] += 1
        keys = []
        if self.mood != "vain":
            keys = [self._make(order) for _ in range(order.pictures)]
        self._fail_after()
        tasks = tuple(SubmittedTask(key) for key in keys)
        return Submitted(tasks, PRICE * len(keys), Unit.INTEGRAL, {"keys": keys})

    def _make(self, order: Order) -> str:
        key, body = f"{len(self.jobs):032X}", order.body
        made = Fingerprint(
            body["prompt"],
            str(body["model"]),
            body["width"],
            body["height"],
            str(body["seed"]),
        )
        self.jobs[key] = Job(key, self.sending, made, timezone.now())
        return key

    def cancel(self, key: str) -> None:
        self._happen()
        self._fail_before()
        job = self.jobs[key]
        if job.state != State.QUEUED:
            raise Refused("该作品不在排队中，无法撤销", code="20110011")
        if self.mood != "vain":
            job.end(State.CANCELLED, CostState.REFUNDED)
        self._fail_after(is_paid=False)

    def accelerate(self, key: str, steps: int) -> None:
        self._happen()
        self.accelerations += 1
        self._fail_before()
        batch = self.of(self.jobs[key].batch)
        waiting = [job for job in batch if job.state == State.QUEUED]
        if not waiting:
            raise Refused("作品状态改变，请刷新后查看", code="20110009")
        for job in waiting if self.mood != "vain" else ():
            job.ahead = max(job.ahead - steps, 0)
            job.extra += PLACE * steps
        self._fail_after()

    def _happen(self) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()

    def _fail_before(self) -> None:
        if self.mood == "refuse":
            raise Refused("no", code="20010001")
        if self.mood == "away":
            raise Unavailable("away", code=Fault.UNREACHABLE)

    def _fail_after(self, *, is_paid: bool = True) -> None:
        if self.mood in ("lost", "vain"):
            kind = Unknown if is_paid else Unavailable
            raise kind("no answer", code=Fault.LOST)

    # --- Free reads: away fails, vain says nothing of any key

    def poll(
        self,
        keys: Sequence[str],
        family: Family = Family.USUAL,
        *,
        awaited: bool = False,
    ) -> list[TaskUpdate]:
        self._read()
        if self.mood == "vain":
            return [TaskUpdate(key, State.UNKNOWN) for key in keys]
        return [self.jobs[key].update() for key in keys]

    def detail(self, key: str, family: Family = Family.USUAL) -> TaskUpdate:
        return self.poll([key], family)[0]

    def history(self, newer: int = 0) -> list[list[str]]:
        self._read()
        return [[] if self.mood == "vain" else list(reversed(self.jobs))]

    def trace(self, key: str) -> Trace:
        self._read()
        job = self.jobs[key]
        return Trace(key, job.made, job.made_at)

    def _read(self) -> None:
        if self.mood in ("away", "lost"):
            raise Unavailable("away", code=Fault.UNREACHABLE)
