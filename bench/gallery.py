"""The gallery with 1,000 and 1,000,000 pictures, on both databases.

gallery.<case>_ms    95 of 100 requests, the slower database
gallery.growth_max   the largest ratio of medians to 1,000 pictures, of all cases

In one process without the network: from the first middleware to the page's last byte.
The cases are in ``bench.gallery_commands``.
"""

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from bench import postgres
from bench.gateway import gateway
from bench.portal import Portal

Say = Callable[[str], None]
#: By case, milliseconds.
Times = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Sizes:
    few: int = 1_000
    many: int = 1_000_000
    #: Of each case, in two parts.
    requests: int = 30


def run(folder: Path, say: Say, sizes: Sizes | None = None) -> dict[str, float]:
    sizes = sizes or Sizes()
    with contextlib.ExitStack() as stack:
        sandbox = stack.enter_context(gateway(folder / "gateway"))
        urls = {"sqlite": ("", "")}
        one, other = (stack.enter_context(postgres.database()) for _ in range(2))
        if one:
            urls["postgresql"] = (one, other)
        else:
            say("gallery: NOT RUN on PostgreSQL: there is none on this machine")
        portals = {
            name: [
                Portal(folder / f"{name}-{size}", sandbox, url)
                for size, url in zip((sizes.few, sizes.many), of, strict=True)
            ]
            for name, of in urls.items()
        }
        fill(portals, sizes)
        say(f"gallery: {sizes.few} and {sizes.many} pictures are there")
        measured = {name: times(of, sizes) for name, of in portals.items()}
    return told(measured, say)


def fill(portals: dict[str, list[Portal]], sizes: Sizes) -> None:
    """Both databases at once."""
    with ThreadPoolExecutor() as pool:
        waits = [
            pool.submit(portal.gallery, "make", size)
            for of in portals.values()
            for portal, size in zip(of, (sizes.few, sizes.many), strict=True)
        ]
        for wait in waits:
            wait.result()


def times(portals: list[Portal], sizes: Sizes) -> list[Times]:
    """Alternating: other load slows both alike."""
    found: list[Times] = [{}, {}]
    for _ in range(2):
        for into, portal in zip(found, portals, strict=True):
            for case, taken in portal.gallery("times", sizes.requests // 2).items():
                into.setdefault(case, []).extend(taken)
    return found


def told(measured: dict[str, list[Times]], say: Say) -> dict[str, float]:
    slow: dict[str, float] = {}
    growth: dict[str, float] = {}
    for name, (few, many) in measured.items():
        for case in many:
            p95 = [
                quantiles(each[case], n=100, method="inclusive")[94]
                for each in (few, many)
            ]
            grown = median(many[case]) / median(few[case])
            say(
                f"gallery: {name:10} {case:14} {p95[1]:6.1f} ms,"
                f" {p95[0]:6.1f} with few, growth {grown:.2f}"
            )
            slow[case] = max(slow.get(case, 0), p95[1])
            growth[f"{name} {case}"] = grown
    worst = max(growth, key=lambda case: growth[case])
    say(f"gallery: growth is largest in {worst}")
    return {
        **{f"gallery.{case}_ms": value for case, value in slow.items()},
        "gallery.growth_max": growth[worst],
    }
