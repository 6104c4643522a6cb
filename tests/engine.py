"""What tests of the engine share: a quick sandbox, and a pump turned by hand."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.db import connection

from gateways import catalogue
from gateways.clients import client
from gateways.models import GatewayAccount
from gateways.providers.http import Timeouts
from generation import downloads
from generation.lifecycle import account_load, poll_schedule, polling
from generation.lifecycle.intervals import GrowingInterval
from generation.models import Generation
from tests import factories
from wjportal.engine import leader

#: The fixtures: conftest.py of each package that needs them imports them all.
__all__ = [
    "drawing_lasts",
    "held_answers",
    "impatient",
    "pump_until",
    "reaches",
    "sandbox",
    "short_waits",
    "two",
    "wanted",
]


@pytest.fixture
def sandbox(sandbox: Any) -> Any:
    sandbox.switch(draw_seconds=0.05, draw_spread=0, submit_seconds=0)
    return sandbox


@pytest.fixture
def drawing_lasts(sandbox: Any) -> None:
    """Until ``sandbox.finish()``: what a test expects in between holds on a slow
    machine."""
    sandbox.switch(draw_seconds=3600)


@pytest.fixture
def held_answers(
    sandbox: Any, pump_until: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], None]]:
    """``held_answers("wujie.*")``: no answer of theirs before the test is over."""
    for provider in ("wujie", "jumdata"):
        endless = Timeouts(connect=60, read=60, submit=60)
        monkeypatch.setattr(client(provider)._line, "_timeouts", endless)
    monkeypatch.setattr(downloads._client(), "timeout", httpx.Timeout(60))
    held: list[str] = []

    def hold(endpoints: str) -> None:
        held.append(endpoints)
        late = {"kind": "late_answer", "seconds": 60}
        sandbox.switch(faults={endpoints: late})

    yield hold
    sandbox.switch(faults=dict.fromkeys(held))
    sandbox.finish()


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poll_schedule, "VISIBLE_PROGRESS_SECONDS", 0.05)
    monkeypatch.setattr(leader, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(polling, "BATCH_WAIT", timedelta())
    monkeypatch.setattr(poll_schedule, "PROGRESS", GrowingInterval(0.05, 0.05, 0.1))
    monkeypatch.setattr(account_load, "MOST_A_SECOND", 500.0)


@pytest.fixture
def two(
    db: None, settings: Any, second_wujie: dict[str, str], sandbox: Any
) -> list[GatewayAccount]:
    """Rows of both Wujie accounts; ``wujie`` and ``wujie-2`` by name."""
    sandbox.switch(balances={second_wujie["app_id"]: 500})
    first, *rest = settings.GATEWAYS.items()
    settings.GATEWAYS = dict([first, ("wujie-2", second_wujie), *rest])
    return list(catalogue.accounts("wujie").values())


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both clients wait for a third of a second at most."""
    for provider in ("wujie", "jumdata"):
        quick = Timeouts(connect=0.3, read=0.3, submit=0.3)
        monkeypatch.setattr(client(provider)._line, "_timeouts", quick)


@pytest.fixture
def pump_until() -> Iterator[Callable[..., None]]:
    """``pump_until(condition)``: turn the pump until it holds."""
    state = leader.LeaderState()

    def turn_until(condition: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "It did not come to that"
            leader.turn(state)

    yield turn_until
    wait(state.calls)  # nothing of this test lands in another


@pytest.fixture
def reaches(pump_until: Any) -> Callable[..., None]:
    """``reaches(generation, status)``: turn the pump until the row says so."""

    def until(generation: Generation, status: str, seconds: float = 60) -> None:
        def arrived() -> bool:
            generation.refresh_from_db()
            return generation.status == status

        pump_until(arrived, seconds)

    return until


@pytest.fixture
def wanted(alice: Any, sandbox: Any) -> Callable[..., Generation]:
    """``wanted("a prompt", pictures=2, provider="jumdata")``: queued and reserved."""

    def want(prompt: str = "山水", *, pictures: int = 1, **fields: Any) -> Generation:
        provider = fields.setdefault("provider", "wujie")
        parameters = {**factories.PARAMETERS[provider], "pictures": pictures}
        price = 2 if provider == "wujie" else 1  # what the sandbox will ask for
        values = {
            "prompt": prompt,
            "pictures": pictures,
            "parameters": parameters,
            "reserved": price * pictures,
        }
        return factories.generation(alice, **values | fields)

    return want


def at_once(work: Callable[[int], Any], threads: int) -> list[Any]:
    """What each thread brought, when all of them begin at the same moment."""
    start = threading.Barrier(threads)

    def run(number: int) -> Any:
        try:
            start.wait(10)
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))
