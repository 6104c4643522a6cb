"""The whole lifecycle, in any order: hypothesis looks for the one that breaks it.

Every step is a step of the real functions (claim, call, book, sweep, close …) or of a
gateway that is a model of its own (`paid_gateway`). Answers land late, twice or never,
processes die, members cancel and speed up meanwhile. After every step the books must
balance; at the end everything is brought home, and the purse must have paid what the
gateway says that it was paid.
"""

import datetime
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils import timezone
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from gateways.providers.base import CostState, Quote, State
from gateways.providers.faults import Fault
from generation import lifecycle
from generation.models import (
    Acceleration,
    Artwork,
    Callback,
    Generation,
    ProviderTask,
)
from generation.operations import OPERATIONS
from reconciliation import invariants
from spend import ledger
from spend.budgets import BudgetExceeded
from spend.models import Budget, LedgerAccount
from spend.units import Unit
from tests import factories
from tests.generation.paid_gateway import PRICE, Gateway, Job

Status = Generation.Status
Purse = LedgerAccount.Kind
MOODS = ("well", "lost", "vain", "refuse", "away")
SEEDS = st.integers(0, 99)
GOOD_MOODS = st.sampled_from((*MOODS, "well", "well", "well"))
#: The answer never comes; in vain: nothing was made either.
LOST_MOODS = st.sampled_from(("lost", "lost", "vain"))
MOSTLY = st.sampled_from((True, True, False))
ALLOCATED = 400
#: Generations of one example.
MOST = 5
#: What is only late, because the clock was turned: it must be gone at the end.
LATE = (
    "nobody took it",
    "nobody looks after it",
    "nobody says what became of it",
    "is due, and nobody asks",
    "is due to be fetched, and nobody does",
)


@dataclass(frozen=True, eq=False)
class Flight:
    """A call that was made; its answer is not booked yet."""

    book: Callable[[], Any]


class Clock:
    def __init__(self) -> None:
        self.now = timezone.now()

    def __call__(self) -> datetime.datetime:
        return self.now

    def turn(self, **by: float) -> None:
        self.now += datetime.timedelta(**by)


class Lifecycle(RuleBasedStateMachine):
    """``home``: what undoes an example; entered by the first step.

    ``look_every``: the books are looked at after this number of steps that changed
    something, and at the end.
    """

    def __init__(self, gateway_of: Callable[..., Any], look_every: int = 1) -> None:
        super().__init__()
        self.look_every, self.unseen = look_every, 0
        self.gateway, self.clock = Gateway(), Clock()
        self.flights: list[Flight] = []
        #: Of generations, as last seen; and those that are for good.
        self.seen: dict[int, str] = {}
        self.ended: dict[int, str] = {}
        self.is_speeding_up = False
        self.waiting: list[int] = []
        #: Statements that changed something since the books were looked at.
        self.written: list[str] = []
        self.home = gateway_of(self.gateway, self.clock, self.written)
        self.home.__enter__()

    @initialize(
        limit=st.sampled_from([None, 30, 200]),
        pictures=st.lists(st.integers(1, 3), min_size=1, max_size=2),
        is_under_way=st.sampled_from([True, True, True, False]),
    )
    def begin(self, limit: int | None, pictures: list[int], is_under_way: bool) -> None:
        self.team = factories.team(integrals=ALLOCATED)
        self.alice = factories.alice()
        if limit:
            Budget.objects.create(team=self.team, user=self.alice, limit=limit)
        for each in pictures:
            self.ask(each, PRICE * each, is_alike=False)
        if is_under_way:
            self.land_all_of(self.send)
            self.look()

    # --- Members

    @precondition(lambda self: len(self.seen) < MOST)
    @rule(pictures=st.integers(1, 3), quoted=st.integers(0, 9), is_alike=MOSTLY)
    def ask(self, pictures: int, quoted: int, is_alike: bool) -> None:
        """``is_alike``: with words and a seed that others have, too."""
        made = {"prompt": "a harbour", "seed": "7"} if is_alike else {}
        cleaned = {
            **factories.PARAMETERS["wujie"],
            "prompt": f"{Generation.objects.count()} boats",
            "pictures": pictures,
            **made,
        }
        try:
            lifecycle.submit(
                operation=OPERATIONS["wujie-drawing"],
                cleaned=cleaned,
                quote=Quote(quoted, Unit.INTEGRAL),
                requested_by=self.alice,
                team=self.team,
                submit_key=uuid.uuid4(),
            )
        except (BudgetExceeded, ledger.FundsExceeded):
            note("over the limit")

    @precondition(lambda self: len(self.seen) < MOST - 1)
    @rule(pictures=st.integers(1, 2), first=LOST_MOODS, second=LOST_MOODS)
    def lose_rivals(self, pictures: int, first: str, second: str) -> None:
        """Two requests alike; both answers are lost."""
        for mood in (first, second):
            self.ask(pictures, PRICE * pictures, is_alike=True)
            self.send(mood)
            self.land_all()

    @precondition(lambda self: self.has(*Generation.MOVING))
    @rule(which=st.integers(0, 30), mood=st.sampled_from(MOODS), meanwhile=SEEDS)
    def cancel(self, which: int, mood: str, meanwhile: int) -> None:
        """Few do: what is taken back has nothing more to come."""
        if which >= MOST:
            return
        if generation := self.one_of(Generation.objects.all(), which):
            self.while_asked(generation, meanwhile)
            with self.in_mood(mood):
                told = lifecycle.cancel(generation)
            note(f"{generation.pk} {told}")
            if told == lifecycle.Cancelled.WHOLE:
                jobs = self.gateway.of(generation.pk)
                assert {job.state for job in jobs} <= {State.CANCELLED}

    @precondition(lambda self: self.waiting)
    @rule(
        which=st.integers(0, 9),
        steps=st.integers(1, 4),
        mood=st.sampled_from(MOODS),
        meanwhile=SEEDS,
    )
    def accelerate(self, which: int, steps: int, mood: str, meanwhile: int) -> None:
        self.speed_up(which, steps, mood, meanwhile, lifecycle.accelerate)

    @precondition(lambda self: self.waiting)
    @rule(which=st.integers(0, 9), steps=st.integers(1, 4), mood=st.sampled_from(MOODS))
    def accelerate_slowly(self, which: int, steps: int, mood: str) -> None:
        """The answer lands later, or its process dies."""

        def begin(generation: Generation, **asked: Any) -> None:
            if made := lifecycle.claim_acceleration(generation, **asked):
                self.fly(lifecycle.send_acceleration, lifecycle.book_accelerated, made)

        self.speed_up(which, steps, mood, 0, begin)

    def speed_up(
        self, which: int, steps: int, mood: str, meanwhile: int, how: Any
    ) -> None:
        """With a double click, from one page."""
        rows = Generation.objects.select_related("account")
        generation = rows.get(pk=self.waiting[which % len(self.waiting)])
        number = lifecycle.next_number(generation)
        before = self.gateway.accelerations
        for _click in range(2):
            self.while_asked(generation, meanwhile)
            try:
                with self.in_mood(mood):
                    how(generation, steps=steps, number=number, asked_by=self.alice)
            except (BudgetExceeded, ledger.FundsExceeded):
                note("over the limit")
        assert self.gateway.accelerations - before <= 1

    def while_asked(self, generation: Generation, seed: int) -> None:
        """The gateway moves on, and polls say so, while a person's call is out."""
        jobs = self.gateway.of(generation.pk)
        if not jobs or seed % 3 == 0:
            return

        def meanwhile() -> None:
            self.move(jobs[seed % len(jobs)], seed)
            if seed % 2:
                self.look()

        self.gateway.meanwhile = meanwhile

    # --- The pump

    @precondition(lambda self: self.has(Status.QUEUED))
    @rule(mood=GOOD_MOODS)
    def send(self, mood: str) -> None:
        for submission in lifecycle.claim_queued("wujie", 2):
            self.gateway.sending = submission.generation.pk
            with self.in_mood(mood):
                self.fly(lifecycle.send, lifecycle.book_sent, submission)

    @precondition(lambda self: self.gateway.jobs)
    @rule(mood=st.sampled_from(MOODS))
    def poll(self, mood: str) -> None:
        with self.in_mood(mood):
            for poll in lifecycle.claim_polls("wujie", 4):
                self.fly(lifecycle.poll, lifecycle.book_poll, poll)

    @precondition(lambda self: self.has(Status.UNCERTAIN))
    @rule(mood=GOOD_MOODS)
    def recover(self, mood: str) -> None:
        with self.in_mood(mood):
            for search in lifecycle.claim_recoveries("wujie", 4):
                self.fly(lifecycle.search_history, lifecycle.book_recovery, search)

    def fly(self, call: Callable[[Any], Any], book: Any, item: Any) -> None:
        outcome = call(item)
        self.flights.append(Flight(partial(book, item, outcome)))

    @precondition(lambda self: self.gateway.jobs)
    @rule(moves=st.integers(0, 2), which=SEEDS, seed=SEEDS)
    def look(self, moves: int = 0, which: int = 0, seed: int = 0) -> None:
        for _ in range(moves):
            self.move_on(which, seed)
        self.clock.turn(seconds=30)
        self.land_all_of(self.poll)

    @precondition(lambda self: self.flights)
    @rule(which=st.integers(0, 9))
    def land(self, which: int) -> None:
        self.flights.pop(which % len(self.flights)).book()

    @precondition(lambda self: self.flights)
    @rule()
    def land_all(self) -> None:
        """In the order in which they were sent."""
        while self.flights:
            self.flights.pop(0).book()

    @precondition(lambda self: self.flights)
    @rule(which=st.integers(0, 9))
    def land_and_stay(self, which: int) -> None:
        """The same answer again, later: a callback's poll and our own, say."""
        self.flights[which % len(self.flights)].book()

    @precondition(lambda self: len(self.flights) > 1)
    @rule()
    def die(self) -> None:
        """Whatever was in the air is lost with its process."""
        self.flights.clear()

    @precondition(lambda self: self.has(Status.SUBMITTING) or self.is_speeding_up)
    @rule()
    def sweep(self) -> None:
        """Long after whatever is in the air was sent: its process may be alive."""
        self.clock.turn(seconds=130)
        lifecycle.sweep_stuck()
        lifecycle.sweep_accelerations()

    @precondition(lambda self: self.has(*Generation.MOVING, Status.UNCERTAIN))
    @rule(by=st.sampled_from([1, 30, 1300]))
    def wait(self, by: int) -> None:
        self.clock.turn(seconds=by)

    # --- The gateway

    @precondition(lambda self: self.gateway.jobs)
    @rule(which=st.integers(0, 99), seed=SEEDS)
    def move_on(self, which: int, seed: int) -> None:
        self.move([*self.gateway.jobs.values()][which % len(self.gateway.jobs)], seed)

    def move(self, job: Job, seed: int) -> None:
        if job.state == State.QUEUED:
            job.ahead = max(job.ahead - 3, 0)
            job.state = State.QUEUED if job.ahead else State.DRAWING
        elif job.state == State.DRAWING:
            self._end(job, seed)
        elif job.cost_state == CostState.PENDING:
            self._end(job, seed - seed % 4)
        elif job.state == State.FAILED and self.is_watched(job):
            job.end(State.FAILED, CostState.REFUNDED)

    def _end(self, job: Job, seed: int) -> None:
        """One of every fourth is still being charged."""
        state = job.state if job.state == State.FAILED else State.SUCCEEDED
        if job.state == State.DRAWING and seed % 5 == 0:
            state = State.FAILED
        costs = [CostState.CHARGED, CostState.SHORT, CostState.FREE]
        if state == State.FAILED:
            costs = [CostState.CHARGED, CostState.REFUNDED]
        cost = CostState.PENDING if seed % 4 == 3 else costs[seed // 4 % len(costs)]
        job.end(state, cost)

    def is_watched(self, job: Job) -> bool:
        """A refund long after the end is nobody's to notice (`REFUND_WITHIN`)."""
        unended = ProviderTask.objects.filter(key=job.key, poll_after=None)
        return not unended.exists()

    @precondition(lambda self: self.gateway.jobs)
    @rule(which=st.integers(0, 99), is_signed=st.booleans())
    def call_back(self, which: int, is_signed: bool) -> None:
        """At the generation's own address."""
        job = [*self.gateway.jobs.values()][which % len(self.gateway.jobs)]
        generation = Generation.objects.select_related("account").get(pk=job.batch)
        self.hear(generation, job.key, is_signed=is_signed)

    @precondition(lambda self: self.gateway.jobs)
    @rule(which=st.integers(0, 99), at=st.integers(0, 9))
    def forge(self, which: int, at: int) -> None:
        """Anybody's key, or an invented one, at any generation's address."""
        keys = [*self.gateway.jobs, f"{which:032d}"]
        if generation := self.one_of(Generation.objects.all(), at):
            self.hear(generation, keys[which % len(keys)])

    @precondition(lambda self: self.has(Status.UNCERTAIN))
    @rule(which=st.integers(0, 99), at=st.integers(0, 9))
    def forge_for_a_lost_one(self, which: int, at: int) -> None:
        """A key that no task has, of another generation."""
        lost = self.one_of(Generation.objects.uncertain(), at)
        known = set(ProviderTask.objects.values_list("key", flat=True))
        jobs = self.gateway.jobs.values()
        keys = [j.key for j in jobs if lost and j.batch != lost.pk]
        if lost and (free := [key for key in keys if key not in known]):
            self.hear(lost, free[which % len(free)])

    def hear(
        self, generation: Generation, key: str, *, is_signed: bool = False
    ) -> None:
        body = f'{{"key": "{key}", "success": true, "integral_cost": 999}}'
        Callback.objects.create(
            generation=generation, body=body.encode(), is_signed=is_signed
        )
        lifecycle.make_due(generation)

    # --- A person

    @precondition(lambda self: self.has(Status.UNCERTAIN))
    @rule(which=st.integers(0, 9), was_paid=st.booleans())
    def close(self, which: int, was_paid: bool) -> None:
        if lost := self.one_of(Generation.objects.uncertain(), which):
            lifecycle.close(lost, was_paid=was_paid, closed_by=self.alice)

    # --- What must hold

    @invariant()
    def the_books_balance(self) -> None:
        if not self.written:
            return
        self.written.clear()
        self.unseen += 1
        if self.unseen >= self.look_every:
            self.look_at_the_books()

    def look_at_the_books(self) -> None:
        self.unseen = 0
        found = [each for each in invariants.broken() if not each.endswith(LATE)]
        assert found == []

    @invariant()
    def what_has_ended_stays_ended(self) -> None:
        self.seen = dict(Generation.objects.values_list("pk", "status"))
        asked = Acceleration.objects.filter(status=Acceleration.Status.ASKED)
        self.is_speeding_up = asked.exists()
        running = Generation.objects.filter(status=Status.RUNNING)
        rows = running.select_related("account").order_by("pk")
        self.waiting = [row.pk for row in rows if lifecycle.most_steps(row)]
        for pk, status in self.seen.items():
            assert self.ended.get(pk, status) == status
            if status in Generation.TERMINAL:
                self.ended[pk] = status

    @invariant()
    def nothing_is_sent_twice(self) -> None:
        assert all(count == 1 for count in self.gateway.submits.values())
        assert self.gateway.accelerations <= Acceleration.objects.count()

    def teardown(self) -> None:
        try:
            # Not where a step failed, or was given up: then this says nothing.
            if sys.exc_info()[0] is None and hasattr(self, "alice"):
                self.bring_home()
                self.the_purse_paid_what_the_gateway_took()
        finally:
            self.home.__exit__(None, None, None)

    def bring_home(self) -> None:
        """Everybody answers again, the clock goes on, and a person closes the rest."""
        for _ in range(60):
            self.land_all_of(self.send, self.poll, self.recover)
            self.sweep()
            for job in self.gateway.jobs.values():
                while not job.is_final:
                    self.move(job, seed=1)
            self.clock.turn(minutes=45)
            if not Generation.objects.exclude(status__in=Generation.TERMINAL).exists():
                break
        for lost in Generation.objects.uncertain():
            lifecycle.close(lost, was_paid=True, closed_by=self.alice)
        self.land_all_of(self.poll)
        self.what_has_ended_stays_ended()

    def land_all_of(self, *sources: Callable[[str], None]) -> None:
        for source in sources:
            source("well")
            self.land_all()

    def the_purse_paid_what_the_gateway_took(self) -> None:
        # Fetching is another lane's, and not of this test.
        Artwork.objects.update(fetch_after=self.clock.now)
        assert [*invariants.broken()] == []
        assert {*self.ended.values()} <= {*Generation.TERMINAL}
        assert len(self.ended) == Generation.objects.count()
        ours = {task.key: task for task in ProviderTask.objects.all()}
        unpaid = Generation.objects.filter(failure_code=Fault.CLOSED_UNPAID)
        denied = set(unpaid.values_list("pk", flat=True))
        for key, task in ours.items():
            job = self.gateway.jobs[key]
            # A person's word that the other one was not paid is believed.
            is_denied = job.batch in denied
            assert is_denied or task.generation_id == job.batch, "Another's key"
            assert (task.cost, task.is_booked) == (job.cost, True)
        closed = Generation.objects.filter(
            failure_code__in=(Fault.CLOSED_PAID, Fault.CLOSED_UNPAID)
        )
        unknown = set(closed.values_list("pk", flat=True))
        for key, job in self.gateway.jobs.items():
            assert key in ours or job.batch in unknown, "Paid, and forgotten"
        lost = closed.filter(failure_code=Fault.CLOSED_PAID)
        spent = sum(self.gateway.jobs[key].cost for key in ours)
        written_off = sum(lost.values_list("reserved", flat=True))
        purse = ledger.balances(self.team)
        assert purse == {
            Purse.ALLOCATION: -ALLOCATED,
            Purse.AVAILABLE: ALLOCATED - spent - written_off,
            Purse.RESERVED: 0,
            Purse.SPENT: spent,
            Purse.WRITTEN_OFF: written_off,
        }

    # ---

    def has(self, *statuses: str) -> bool:
        return any(status in statuses for status in self.seen.values())

    def one_of(self, rows: Any, which: int) -> Generation | None:
        found = list(rows.select_related("account").order_by("pk"))
        return found[which % len(found)] if found else None

    @contextmanager
    def in_mood(self, mood: str) -> Iterator[None]:
        self.gateway.mood = mood
        try:
            yield
        finally:
            self.gateway.mood, self.gateway.meanwhile = "well", None
