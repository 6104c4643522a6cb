"""The queue with a hundred thousand waiting and a million decided; clients with kills.

review.next_p50_ms, review.page_p50_ms   the next item leased, the queue's page
review.growth                            the slower of both, against 1,000 rows
review.verify_rows_per_s                 verify_log over the whole log
review.double_claims, .lost, .double_decisions, .decisions_per_s.<database>
"""

from collections.abc import Callable
from pathlib import Path

from bench import postgres
from bench.gateway import Gateway, gateway
from bench.portal import Portal

SMALL = (1_000, 1_000)
LARGE = (100_000, 1_000_000)
ITEMS = 10_000
#: Clients that work at once; each is killed once on its way and begun anew.
CLIENTS = {"postgresql": 32, "sqlite": 8}


def run(folder: Path, say: Callable[[str], None]) -> dict[str, float]:
    measured: dict[str, float] = {}
    with gateway(folder / "gateway") as sandbox:
        measured |= _crowd(folder, sandbox, "sqlite", "", say)
        with postgres.database() as url:
            if url:
                measured |= _crowd(folder, sandbox, "postgresql", url, say)
            else:
                say("review: no PostgreSQL on this machine")
        small, large = (_times(folder, sandbox, size, say) for size in (SMALL, LARGE))
    measured["review.next_p50_ms"] = large["next"]
    measured["review.page_p50_ms"] = large["page"]
    measured["review.growth"] = max(
        large[what] / small[what] for what in ("next", "page")
    )
    measured["review.verify_rows_per_s"] = large["per_second"]
    return measured


def _times(
    folder: Path, sandbox: Gateway, size: tuple[int, int], say: Callable[[str], None]
) -> dict[str, float]:
    portal = Portal(folder / f"waiting-{size[0]}", sandbox)
    portal.queue_rows("fill", *size)
    told = {**portal.queue_rows("time"), **portal.queue_rows("verify")}
    say(f"review: {size[0]} waiting, {size[1]} decided: {told}")
    return told


def _crowd(
    folder: Path, sandbox: Gateway, name: str, url: str, say: Callable[[str], None]
) -> dict[str, float]:
    """Clients that claim and decide until nothing waits, each killed once."""
    portal = Portal(folder / f"crowd-{name}", sandbox, url)
    portal.queue_rows("fill", ITEMS, 0)
    ran = portal.queue_rows("crowd", CLIENTS[name])
    told = portal.queue_rows("tally")
    say(f"review: {name}, {CLIENTS[name]} clients, {ran['kills']} killed: {told}")
    found = {f"review.{what}.{name}": told[what] for what in told}
    return found | {f"review.decisions_per_s.{name}": ITEMS / ran["seconds"]}
