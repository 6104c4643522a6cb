"""Books to compare: a sandbox with drawn pictures, and runs turned to their end."""

import datetime
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gateways import catalogue
from gateways.providers.wujie import history
from generation.models import Generation, ProviderTask
from reconciliation import balance_comparison, key_comparison, runs
from reconciliation.models import Difference, Reconciliation
from tests.engine import (
    drawing_lasts,
    impatient,
    pump_until,
    reaches,
    sandbox,
    short_waits,
    two,
    wanted,
)
from tests.pages import no_known_prices, open_gateways, typed

__all__ = [
    "drawing_lasts",
    "impatient",
    "no_known_prices",
    "open_gateways",
    "pump_until",
    "reaches",
    "sandbox",
    "short_waits",
    "two",
    "typed",
    "wanted",
]

Status = Generation.Status


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_comparison, "GRACE_PERIOD", datetime.timedelta())
    monkeypatch.setattr(balance_comparison, "CLOCK_SKEW", datetime.timedelta())


@pytest.fixture
def impatient_for_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not listed is missing at once."""
    monkeypatch.setattr(key_comparison, "MISSING_AFTER", datetime.timedelta())


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of two keys."""
    monkeypatch.setattr(history, "PAGE", 2)
    monkeypatch.setattr(history.History, "history_page_size", 2)


@pytest.fixture
def drawn(wanted: Any, reaches: Any) -> Callable[..., ProviderTask]:
    """``drawn("a prompt")``: asked for, drawn, paid; its one task."""

    def draw(prompt: str = "山水", **fields: Any) -> ProviderTask:
        generation = wanted(prompt, **fields)
        reaches(generation, Status.DONE)
        return generation.tasks.get()

    return draw


@pytest.fixture
def reconcile(sandbox: Any) -> Callable[..., Reconciliation]:
    """``reconcile()``: one whole run, and the row it leaves."""

    def run_through(provider: str = "wujie") -> Reconciliation:
        run = runs.start(catalogue.account(provider), asked_by=None)
        while runs.take_turns(run):
            pass
        run.refresh_from_db()
        return run

    return run_through


@pytest.fixture
def wrongs(sandbox: Any) -> Iterator[Callable[..., None]]:
    """``wrongs(hidden=[key])``: the gateway's books go wrong."""

    def go_wrong(**fields: Any) -> None:
        sandbox.switch(wrongs=None)
        sandbox.switch(wrongs=fields)

    yield go_wrong
    sandbox.switch(wrongs=None)


@pytest.fixture
def strangers(sandbox: Any) -> Callable[..., list[str]]:
    """``strangers(2)``: drawn for our account by somebody else; the keys."""

    def ask(number: int = 1) -> list[str]:
        asked = {"account": catalogue.account("wujie").app_id, "number": number}
        answer = sandbox.http.post("/sandbox/strangers", json=asked).raise_for_status()
        return list(answer.json()["keys"])

    return ask


@pytest.fixture
def dearer(drawn: Any, wrongs: Any, reconcile: Any) -> Difference:
    """A difference of seven integrals, in alice's team."""
    task = drawn()
    wrongs(costs={task.key: 9})
    reconcile()
    return Difference.objects.get()
