"""The pump's way in for the queue: it asks for its successor, and no more than that."""

import pytest
from django_q.models import OrmQ

from wjportal.engine import pump as engine
from wjportal.engine import tasks


def queued():
    return [entry.func() for entry in OrmQ.objects.order_by("pk")]


def test_a_pump_asks_for_its_successor(db, monkeypatch):
    monkeypatch.setattr(engine, "run", lambda: True)
    tasks.pump()
    assert queued() == [tasks.PUMP]


def test_a_pump_with_nothing_to_do_has_no_successor(db, monkeypatch):
    monkeypatch.setattr(engine, "run", lambda: False)
    tasks.pump()
    assert queued() == []


def test_a_pump_that_breaks_has_a_successor(db, monkeypatch):
    def broken():
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr(engine, "run", broken)
    with pytest.raises(RuntimeError):
        tasks.pump()
    assert queued() == [tasks.PUMP]


def test_boot_starts_two_and_reads_the_accounts(db):
    tasks.boot()
    assert queued() == [tasks.PUMP, tasks.PUMP, "generation.tasks.refresh_accounts"]
