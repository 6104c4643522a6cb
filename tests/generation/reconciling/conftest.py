"""Books to compare: a sandbox with drawn pictures, and runs turned to their end."""

import datetime
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from generation import catalogue, reconciling
from generation.models import Generation, ProviderTask, Reconciliation
from generation.providers import wujie_history
from generation.reconciling import balancing, comparing, listing

Status = Generation.Status


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "GRACE", datetime.timedelta())
    monkeypatch.setattr(balancing, "CLOCK_SKEW", datetime.timedelta())


@pytest.fixture
def impatient_for_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not listed is missing at once."""
    monkeypatch.setattr(comparing, "AWAITED", datetime.timedelta())


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of two keys."""
    monkeypatch.setattr(wujie_history, "PAGE", 2)
    monkeypatch.setattr(listing, "PAGE", 2)


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
        run = reconciling.begin(catalogue.account(provider), asked_by=None)
        while reconciling.work(run):
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
