"""The cluster against a bare script: CPU, rate, polls, lag and growth.

One sandbox, tiny pictures, SQLite. Races alternate: the machine's other load meets
all. Each metric is the median of the rounds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from bench.gateway import Gateway, gateway
from bench.portal import Portal, Race

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Times in seconds."""

    rounds: int = 2
    pictures: int = 500
    few: int = 1_000
    many: int = 100_000
    #: At the gateway together, several pictures each.
    generations: int = 250
    tasks_each: int = 20
    flight_seconds: float = 90.0
    #: One after the other, for the lag from end to booking.
    single: int = 240
    single_per_second: float = 12.0
    single_seconds: float = 8.0
    warm: int = 30
    warm_per_second: float = 6.0


def run(folder: Path, say: Say, sizes: Sizes | None = None) -> dict[str, float]:
    with gateway(folder / "gateway") as sandbox:
        group = Group(folder, sandbox, say, sizes or Sizes())
        return group.ratios() | group.polls_and_lag()


class Group:
    def __init__(self, folder: Path, sandbox: Gateway, say: Say, sizes: Sizes) -> None:
        self._folder = folder
        self._sandbox = sandbox
        self._say = say
        self._sizes = sizes
        self._few = self._portal("few", sizes.few)

    # --- CPU a picture, pictures a second

    def ratios(self) -> dict[str, float]:
        sizes = self._sizes
        few, bare = self._few, self._portal("bare", sizes.few)
        many = self._portal("many", sizes.many)
        ours: list[Race] = []
        theirs: list[Race] = []
        grown: list[Race] = []
        for _ in range(sizes.rounds):
            theirs.append(self._bare(bare))
            ours.append(self._cluster(few, f"{sizes.few:,} rows"))
            grown.append(self._cluster(many, f"{sizes.many:,} rows"))
        for portal in (few, many, bare):
            portal.manage("check_books")
        cost, rate = _cost(ours), median(race.per_second for race in ours)
        return {
            "pipeline.cpu_ratio": cost / _cost(theirs),
            "pipeline.rate_ratio": rate / median(race.per_second for race in theirs),
            "pipeline.growth_100k": _cost(grown) / cost,
        }

    def _bare(self, portal: Portal) -> Race:
        self._sandbox.renew(draw_seconds=0.5)
        waiting = portal.rows("queue", self._sizes.pictures)
        before = self._sandbox.cpu_seconds
        race = portal.bare(self._sandbox, waiting["first"], waiting["last"])
        self._tell("bare script", race, before)
        return race

    def _cluster(self, portal: Portal, name: str) -> Race:
        with portal.cluster() as session:
            self._warm_up(portal, session)
            waiting = portal.rows("queue", self._sizes.pictures)
            before = self._sandbox.cpu_seconds
            race = portal.race(session, waiting["first"], waiting["last"])
        self._tell(f"cluster, {name}", race, before)
        return race

    def _tell(self, name: str, race: Race, before: float) -> None:
        gateway = (self._sandbox.cpu_seconds - before) / race.pictures
        self._say(
            f"{name}: {race.pictures} pictures, {1000 * race.cpu_each:.1f} ms CPU each,"
            f" {race.per_second:.0f} a second"
            f" (the sandbox: {1000 * gateway:.1f} ms each)"
        )

    # --- Polls a task, lag

    def polls_and_lag(self) -> dict[str, float]:
        with self._few.cluster() as session:
            self._warm_up(self._few, session)
            polls = self._polls(session)
            poll_p50, poll_p95 = self._lag_of(session, "polling alone")
        self._few.environ["WJPORTAL_PUBLIC_URL"] = self._few.url
        with self._few.web(), self._few.cluster() as session:
            self._warm_up(self._few, session)
            _, callback_p95 = self._lag_of(session, "with callbacks")
        self._few.manage("check_books")
        return {
            "pipeline.polls_per_task": polls,
            "pipeline.lag_poll_p50_s": poll_p50,
            "pipeline.lag_poll_p95_s": poll_p95,
            "pipeline.lag_callback_p95_s": callback_p95,
        }

    def _polls(self, session: int) -> float:
        sizes = self._sizes
        self._sandbox.renew(
            draw_seconds=sizes.flight_seconds, draw_spread=0.67, estimate_spread=0.3
        )
        waiting = self._few.rows("queue", sizes.generations, sizes.tasks_each)
        race = self._few.race(session, waiting["first"], waiting["last"])
        p50, p95 = self._lag(race)
        self._say(
            f"{race.pictures:,} in flight: {self._polls_each(race):.3f} polls a task,"
            f" {1000 * race.cpu_each:.1f} ms CPU, lag {p50:.2f} s, p95 {p95:.2f} s"
        )
        return self._polls_each(race)

    def _lag_of(self, session: int, name: str) -> tuple[float, float]:
        sizes = self._sizes
        self._sandbox.renew(
            draw_seconds=sizes.single_seconds, draw_spread=0.5, estimate_spread=0.3
        )
        waiting = self._few.rows("queue", sizes.single)
        race = self._few.race(
            session, waiting["first"], waiting["last"], sizes.single_per_second
        )
        p50, p95 = self._lag(race)
        self._say(
            f"{name}, {sizes.single_per_second:g} a second: lag {p50:.2f} s,"
            f" p95 {p95:.2f} s, {self._polls_each(race):.3f} polls a task"
        )
        return p50, p95

    def _polls_each(self, race: Race) -> float:
        names = ("wujie.generating_info", "wujie.info")
        return sum(map(self._sandbox.requests, names)) / race.pictures

    def _lag(self, race: Race) -> tuple[float, float]:
        """Median and 95th percentile: seconds from the end there to the booking."""
        ended = self._sandbox.finished_at()
        late = [seen - ended[key] for key, seen in race.finished.items()]
        parts = quantiles(late, n=100, method="inclusive")
        return parts[49], parts[94]

    # --- Set-up

    def _portal(self, name: str, rows: int) -> Portal:
        self._say(f"making a portal with {rows:,} finished generations ...")
        self._sandbox.renew()
        portal = Portal(self._folder / name, self._sandbox)
        portal.rows("people", 20)
        if rows:
            portal.rows("finished", rows)
        return portal

    def _warm_up(self, portal: Portal, session: int) -> None:
        """Unmeasured, until all is imported, read and connected."""
        self._sandbox.renew(draw_seconds=0.5)
        waiting = portal.rows("queue", self._sizes.warm)
        portal.race(
            session, waiting["first"], waiting["last"], self._sizes.warm_per_second
        )


def _cost(races: list[Race]) -> float:
    return median(race.cpu_each for race in races)
