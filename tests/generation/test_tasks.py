"""The ways in for the queue: each asks for its successor, and no more than that."""

import datetime

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from gateways.models import CatalogueEntry
from generation import tasks
from generation.models import Callback, Lease
from tests import factories

pytestmark = pytest.mark.both_databases


def queued():
    return [entry.func() for entry in OrmQ.objects.order_by("pk")]


def test_a_nudge_wakes_a_sleeping_pump(db):
    tasks.nudge()
    assert queued() == ["wjportal.engine.tasks.pump"]


def test_a_nudge_leaves_a_pump_that_is_awake_alone(db):
    Lease.take("pump", "leader", 6)
    tasks.nudge()
    assert queued() == []
    Lease.give_back("pump", "leader")
    tasks.nudge()
    assert queued() == ["wjportal.engine.tasks.pump"]


def test_old_callbacks_are_not_kept(alice):
    generation = factories.generation(alice)
    old = timezone.now() - tasks.CALLBACK_RETENTION - datetime.timedelta(minutes=1)
    Callback.objects.create(generation=generation, body=b"old", received_at=old)
    new = Callback.objects.create(generation=generation, body=b"new")
    tasks.tidy()
    assert list(Callback.objects.all()) == [new]


def test_refreshing_reads_what_the_gateways_offer(db, sandbox):
    tasks.refresh_accounts()
    assert CatalogueEntry.objects.filter(kind="models").exists()
