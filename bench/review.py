"""The review queue with 100,000 waiting and 1,000,000 decided rows.

review.next_p50_ms, review.page_p50_ms   leasing the next item; the queue's page
review.growth                            the larger ratio of both to 1,000 rows
review.verify_rows_per_s                 verify_log over the whole log
….postgresql                             the same four on PostgreSQL
review.decisions_per_minute, .next_shown_p95_ms   by keyboard in a real browser
review.double_claims, .lost, .double_decisions, .decisions_per_s.<database>
                                         clients that decide, each killed once

Times are medians of ``queue_times.ROUNDS`` in Django's own handler, in a process of its
own. The browser calls the portal's web server on SQLite.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import keyboard, postgres
from bench.gateway import Gateway, gateway
from bench.portal import Portal

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sizes:
    """``small``, ``large``: waiting and decided rows."""

    small: tuple[int, int] = (1_000, 1_000)
    large: tuple[int, int] = (100_000, 1_000_000)
    items: int = 10_000
    sqlite_clients: int = 8
    postgresql_clients: int = 32
    #: By keyboard.
    decisions: int = 80
    #: A slower crowd has hung.
    seconds: int = 240


def run(folder: Path, say: Say, sizes: Sizes = Sizes()) -> dict[str, float]:
    with gateway(folder / "gateway") as sandbox:
        measured, large = _times(folder, sandbox, ("", ""), sizes, say)
        measured |= _by_keyboard(large, sizes, say)
        measured |= _crowd(folder, sandbox, "sqlite", "", sizes, say)
        there = folder / "postgresql"
        with postgres.database() as one, postgres.database() as other:
            if one:
                found, _ = _times(there, sandbox, (one, other), sizes, say)
                measured |= {f"{name}.postgresql": found[name] for name in found}
        with postgres.database() as url:
            if url:
                measured |= _crowd(folder, sandbox, "postgresql", url, sizes, say)
            else:
                say("review: NOT RUN on PostgreSQL: there is none on this machine")
    return measured


def _times(
    folder: Path, sandbox: Gateway, urls: tuple[str, str], sizes: Sizes, say: Say
) -> tuple[dict[str, float], Portal]:
    small = _portal(folder, sandbox, urls[0], sizes.small)
    large = _portal(folder, sandbox, urls[1], sizes.large)
    # One after the other: the machine's other load meets both.
    first, second = small.queue_rows("time"), large.queue_rows("time")
    say(f"review: {sizes.small} waiting and decided: {first}")
    say(f"review: {sizes.large} waiting and decided: {second}")
    return {
        "review.next_p50_ms": second["next"],
        "review.page_p50_ms": second["page"],
        "review.growth": max(second[what] / first[what] for what in first),
        "review.verify_rows_per_s": large.queue_rows("verify")["per_second"],
    }, large


def _portal(folder: Path, sandbox: Gateway, url: str, size: tuple[int, int]) -> Portal:
    portal = Portal(folder / f"waiting-{size[0]}", sandbox, url)
    portal.queue_rows("fill", *size)
    return portal


def _by_keyboard(portal: Portal, sizes: Sizes, say: Say) -> dict[str, float]:
    cookie = portal.queue_rows("open", sizes.decisions + 20)
    with portal.web():
        try:
            measured = keyboard.decide(portal.url, cookie, sizes.decisions)
        except keyboard.NoBrowser as error:
            say(f"review: NOT RUN by keyboard: {error}")
            return {}
    made = portal.queue_rows("decided")
    if made != sizes.decisions:
        raise RuntimeError(f"{sizes.decisions} decisions by keyboard, {made} recorded")
    say(f"review: by keyboard: {measured}")
    return {
        "review.decisions_per_minute": measured["per_minute"],
        "review.next_shown_p95_ms": measured["shown_p95_ms"],
    }


def _crowd(
    folder: Path, sandbox: Gateway, name: str, url: str, sizes: Sizes, say: Say
) -> dict[str, float]:
    clients = getattr(sizes, f"{name}_clients")
    portal = Portal(folder / f"crowd-{name}", sandbox, url)
    portal.queue_rows("fill", sizes.items, 0)
    ran = portal.queue_rows("crowd", clients, sizes.seconds)
    counts = portal.queue_rows("tally")
    say(f"review: {name}, {clients} clients, {ran['kills']} killed: {counts}")
    found = {f"review.{what}.{name}": counts[what] for what in counts}
    return found | {f"review.decisions_per_s.{name}": sizes.items / ran["seconds"]}
