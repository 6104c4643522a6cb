"""The web server under slow clients, and beside the server that it took over from.

``slow_p95_ms``: a page and the health check while slow senders, slow readers and idle
connections hold on. ``requests_ratio``: the gallery's requests a second against the
reference server's; both run at once, and rounds alternate. ``create_ms`` and
``create_kb``: the create page above a feed of finished pictures. ``lcp_ms``, ``cls``:
it and the gallery in a browser, the worse of both. ``thumbnails_ms``: of a gallery page
that was seen before, until the last one is there.
"""

import asyncio
import contextlib
import resource
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from bench import keyboard, paint, processes
from bench.clients import Attack, Site, requests_per_second, waits
from bench.gateway import gateway, wait_for
from bench.portal import Portal

Say = Callable[[str], None]
PAGE = "/gallery/"
CREATE = "/"
#: The first screens of both pages.
PICTURES_SHOWN = 60
#: What the portal ran until slow clients could stop it; ``requests_ratio`` is 1 for it.
REFERENCE = [
    *("granian", "--interface", "wsgi", "--http", "1", "--no-ws"),
    *("--host", "127.0.0.1", "--workers", "2", "--blocking-threads", "3"),
    *("--respawn-failed-workers", "--workers-kill-timeout", "10"),
    *("--log-level", "warning", "wjportal.wsgi:application"),
]


@dataclass(frozen=True, slots=True)
class Sizes:
    pictures: int = 1_000
    large_bytes: int = 30_000_000
    clients: int = 20
    rounds: int = 6
    round_seconds: float = 5.0
    senders: int = 500
    readers: int = 500
    idle: int = 2_000
    #: Before it is measured, and while.
    settle_seconds: float = 10.0
    samples: int = 240
    every_seconds: float = 0.25
    #: Of each page: requests for its cost, visits of a browser.
    page_requests: int = 60
    visits: int = 5


def run(folder: Path, say: Say, sizes: Sizes | None = None) -> dict[str, float]:
    sizes = sizes or Sizes()
    _allow_open_files()
    with gateway(folder / "gateway") as sandbox:
        portal = Portal(folder / "portal", sandbox)
        portal.rows("people", 1)
        portal.rows("finished", sizes.pictures)
        large = portal.rows("large_picture", sizes.large_bytes)
        portal.rows("thumbnails", PICTURES_SHOWN)
        session = portal.rows("sessions")[0]
        cost = portal.rows("page_cost", CREATE, sizes.page_requests)
        with portal.web() as pid, _reference(portal) as port:
            painted = _painted(portal, session, sizes, say)
            before = processes.members(pid)
            ours, reference = Site(portal.port, session), Site(port, session)
            ratio = asyncio.run(_ratio(ours, reference, sizes, say))
            attack = Attack(ours, f"/artworks/{large}/picture/")
            p95 = asyncio.run(_under(attack, sizes, say))
            if processes.members(pid) != before:
                raise RuntimeError("a process of the web server was started again")
    return {
        "web.requests_ratio": ratio,
        "web.slow_p95_ms": 1000 * p95,
        "web.create_ms": cost["ms"],
        "web.create_kb": cost["kb"],
        **painted,
    }


def _painted(portal: Portal, session: str, sizes: Sizes, say: Say) -> dict[str, float]:
    """Without a browser: nothing, and it is said."""
    cookie = {"name": "sessionid", "value": session}
    try:
        found = paint.measure(portal.url, cookie, (CREATE, PAGE), sizes.visits)
    except keyboard.NoBrowser as error:
        say(f"web: NOT RUN in a browser: {error}")
        return {}
    for path, each in found.items():
        say(f"web: {path} LCP {each['lcp_ms']:.0f} ms, CLS {each['cls']:.3f}")
    shown, milliseconds = paint.thumbnails(portal.url, cookie, PAGE, sizes.visits)
    say(f"web: {shown} thumbnails of a page seen before: {milliseconds:.0f} ms")
    worst = {
        f"web.{name}": max(each[name] for each in found.values())
        for name in ("lcp_ms", "cls")
    }
    return {**worst, "web.thumbnails_ms": milliseconds}


@contextlib.contextmanager
def _reference(portal: Portal) -> Iterator[int]:
    """Yields its port."""
    port = processes.free_port()
    command = [*REFERENCE, "--port", str(port)]
    with processes.running(*command, environ=portal.environ):
        wait_for(f"http://127.0.0.1:{port}/accounts/login/")
        yield port


async def _ratio(ours: Site, reference: Site, sizes: Sizes, say: Say) -> float:
    """The median over all rounds: other load slows both alike."""
    found = []
    for number in range(sizes.rounds + 1):
        rates = {}
        # The second has what the first has warmed: each is first equally often.
        for site in (ours, reference)[:: 1 if number % 2 else -1]:
            rates[site] = await requests_per_second(
                site, PAGE, sizes.clients, sizes.round_seconds
            )
        if number:  # the first only warms up
            found.append(rates[ours] / rates[reference])
            say(f"web: {rates[ours]:.0f} and {rates[reference]:.0f} requests a second")
    return median(found)


async def _under(attack: Attack, sizes: Sizes, say: Say) -> float:
    """Seconds, 95 of 100, the slower of both paths."""
    attack.begin(senders=sizes.senders, readers=sizes.readers, idle=sizes.idle)
    await asyncio.sleep(sizes.settle_seconds)
    paths = ("/healthz", PAGE)
    found = await asyncio.gather(
        *(
            waits(attack.site, path, sizes.every_seconds, sizes.samples)
            for path in paths
        )
    )
    await attack.end()
    p95 = [_p95(each) for each in found]
    for path, seconds, each in zip(paths, p95, found, strict=True):
        say(f"web: {path} p95 {1000 * seconds:.0f} ms, max {1000 * max(each):.0f} ms")
    say(f"web: {attack.ended} connections were ended")
    return max(p95)


def _p95(seconds: Sequence[float]) -> float:
    return quantiles(seconds, n=100, method="inclusive")[94]


def _allow_open_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
