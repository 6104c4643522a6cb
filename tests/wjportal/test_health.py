"""Liveness, readiness and metrics."""

import datetime

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from generation.models import Generation, Lease
from tests import factories
from wjportal import health

pytestmark = pytest.mark.both_databases

SECOND = datetime.timedelta(seconds=1)


@pytest.fixture
def watcher():
    return Client()


def ready(watcher):
    answer = watcher.get("/readyz")
    return answer.status_code, answer.json()


def beat(ago=0):
    Lease.take("pump", "leader", 6)
    Lease.objects.update(renewed_at=timezone.now() - ago * SECOND)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_they_are_read_without_signing_in_and_never_kept(db, watcher, path):
    answer = watcher.get(path)
    assert answer.status_code in (200, 503)
    assert "no-store" in answer["Cache-Control"]
    assert watcher.post(path).status_code == 405


def test_alive_asks_no_database(watcher):
    assert watcher.get("/healthz").content == b"ok"  # no database in this test


def test_ready_while_the_pump_beats(db, watcher):
    beat()
    state = {"database": True, "pump": True, "queue": True}
    assert ready(watcher) == (200, state)


def test_not_ready_before_the_pump_has_begun(db, watcher):
    assert ready(watcher)[0] == 503


@pytest.mark.parametrize(("ago", "status"), [(13, 200), (16, 503)])
def test_not_ready_when_the_pump_is_silent(db, watcher, ago, status):
    beat(ago)
    assert ready(watcher) == (
        status,
        {"database": True, "pump": status == 200, "queue": True},
    )


@pytest.mark.parametrize(("ago", "status"), [(50, 200), (70, 503)])
def test_not_ready_when_what_is_due_is_not_taken(alice, watcher, ago, status):
    beat()
    factories.generation(alice, send_after=timezone.now() - ago * SECOND)
    assert ready(watcher) == (
        status,
        {"database": True, "pump": True, "queue": status == 200},
    )


def test_what_waits_on_purpose_is_not_stale(alice, watcher, settings):
    beat()
    long_ago = timezone.now() - 3600 * SECOND
    factories.generation(alice, send_after=timezone.now() + 3600 * SECOND)
    factories.generation(alice, send_after=long_ago, status=Generation.Status.DONE)
    assert ready(watcher)[0] == 200
    factories.generation(alice, send_after=long_ago)
    assert ready(watcher)[0] == 503
    # It was asked for at the sandbox, and now there are credentials of a gateway.
    settings.GATEWAYS = {"wujie": {**settings.GATEWAYS["wujie"], "app_id": "real"}}
    assert ready(watcher)[0] == 200


def test_not_ready_without_a_database(watcher, monkeypatch):
    def gone():
        raise OperationalError("the connection is closed")

    monkeypatch.setattr(health, "_pump_beats", gone)
    state = {"database": False, "pump": False, "queue": False}
    assert ready(watcher) == (503, state)


# --- Numbers


def numbers(answer):
    lines = answer.content.decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def test_numbers_are_what_is_there(alice, watcher):
    beat(3)
    factories.generation(alice)
    running = factories.generation(alice, status=Generation.Status.RUNNING)
    factories.task(running, poll_after=timezone.now())
    factories.task(running)
    factories.artwork(alice, moderation="held")
    factories.artwork(alice, fetch_after=timezone.now())
    answer = watcher.get("/metrics")
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    found = numbers(answer)
    assert found['wjportal_generations_moving{status="queued"}'] == "1"
    assert found['wjportal_generations_moving{status="running"}'] == "1"
    assert found["wjportal_tasks_asked"] == "1"
    assert found["wjportal_artworks_unstored"] == "1"
    assert found["wjportal_artworks_held"] == "1"
    assert found["wjportal_sandbox"] == "1"
    assert 3 <= float(found["wjportal_pump_age_seconds"]) < 60


def test_numbers_before_anything_was_done(db, watcher):
    assert numbers(watcher.get("/metrics"))["wjportal_pump_age_seconds"] == "-1.0"


ELSEWHERE = {"REMOTE_ADDR": "10.1.2.3"}


@pytest.mark.parametrize(
    "way",
    [
        ELSEWHERE,
        {"HTTP_X_FORWARDED_FOR": "10.1.2.3"},
        {"HTTP_X_REAL_IP": "10.1.2.3"},
        {"HTTP_FORWARDED": "for=10.1.2.3"},
        {"HTTP_VIA": "1.1 proxy"},
    ],
    ids=lambda way: next(iter(way)),
)
def test_numbers_do_not_exist_for_others(db, watcher, way):
    assert watcher.get("/metrics", **way).status_code == 404


def test_numbers_from_elsewhere_are_for_admins(alice, mona, otto, signed_in):
    for person, status in ((alice, 404), (mona, 404), (otto, 200)):
        answer = signed_in(person).get("/metrics", **ELSEWHERE)
        assert answer.status_code == status
