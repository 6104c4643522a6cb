"""What `tests.quick_books` leaves out is what would find nothing."""

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from generation.models import Generation, ProviderTask
from reconciliation import invariants
from reconciliation.invariants import endings, money, origins
from spend import ledger_invariants
from tests import factories
from tests.quick_books import QuickCheck

pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other test taught the checks what they know."""
    for module in (endings, money, origins, ledger_invariants):
        for name, check in list(vars(module).items()):
            if isinstance(check, QuickCheck):
                monkeypatch.setattr(module, name, QuickCheck(check._check))


def said() -> list[str]:
    return list(invariants.broken())


def test_every_check_is_quick() -> None:
    for module in (endings, money, origins, ledger_invariants):
        for name, check in vars(module).items():
            if getattr(check, "__module__", "") == module.__name__:
                assert name == "broken" or name[0] == "_", (module, name)
    assert isinstance(money.wrong_settlements, QuickCheck)


def test_a_row_that_comes_to_be_wrong_is_told(alice: Any) -> None:
    artwork = factories.artwork(alice)
    assert said() == said() == []
    ProviderTask.objects.filter(pk=artwork.task_id).update(polls=0)
    told = f"provider task {artwork.task_id} is succeeded, and was never asked after"
    assert said() == said() == [told]
    ProviderTask.objects.filter(pk=artwork.task_id).update(polls=1)
    assert said() == []


def test_time_passes(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    generation = factories.generation(alice)
    Generation.objects.update(status="submitting", submitting_at=timezone.now())
    assert said() == said() == []
    almost = timezone.now() + endings.FORGOTTEN_AFTER - datetime.timedelta(seconds=30)
    monkeypatch.setattr(timezone, "now", lambda: almost)
    assert said() == []
    later = almost + datetime.timedelta(minutes=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert said() == [f"generation {generation.pk} is submitting, and nobody took it"]


def test_accounts_are_those_of_the_settings(alice: Any, settings: Any) -> None:
    task = factories.task(factories.generation(alice, status="running", reserved=0))
    settings.GATEWAYS, known = {}, settings.GATEWAYS
    long_ago = timezone.now() - 2 * endings.FORGOTTEN_AFTER
    ProviderTask.objects.update(poll_after=long_ago)
    assert said() == said() == []
    settings.GATEWAYS = known
    assert said() == [f"provider task {task.pk} (queued) is due, and nobody asks"]


def test_rows_that_are_as_they_should_be_are_no_sentence(alice: Any) -> None:
    asked: list[int] = []

    def check() -> Iterator[str]:
        asked.append(Generation.objects.count())
        yield from ()

    quick = QuickCheck(check)
    for _ in range(3):
        assert list(quick()) == []
    assert len(asked) == 3
