"""Liveness, readiness and metrics."""

import datetime

import pytest
from django.core.management import call_command
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
    """A collector with the token."""
    return Client(headers={"Authorization": f"Bearer {health.metrics_token()}"})


def ready(watcher):
    answer = watcher.get("/readyz")
    return answer.status_code, answer.json()


def beat(ago=0):
    Lease.take("pump", "leader", 6)
    Lease.objects.update(renewed_at=timezone.now() - ago * SECOND)


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
def test_they_are_read_without_signing_in_and_never_kept(db, watcher, path):
    answer = watcher.get(path)
    assert answer.status_code in (200, 503)
    assert "no-store" in answer["Cache-Control"]
    assert watcher.post(path).status_code == 405


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


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer token"},
        {"Authorization": "\u00fc"},
        {"X-Forwarded-For": "127.0.0.1"},
    ],
)
def test_numbers_do_not_exist_for_others_on_this_machine(db, headers):
    """Behind a proxy on this machine everybody's address is a local one."""
    answer = Client(headers=headers).get("/metrics", REMOTE_ADDR="127.0.0.1")
    assert answer.status_code == 404


def test_numbers_without_the_token_are_for_owners(alice, mona, otto, oda, signed_in):
    for person, status in ((alice, 404), (mona, 404), (otto, 404), (oda, 200)):
        assert signed_in(person).get("/metrics").status_code == status


def test_the_token_is_printed_and_changes_with_the_key(watcher, settings, capsys):
    call_command("metrics_token")
    before = capsys.readouterr().out.strip()
    assert before == health.metrics_token()
    settings.SECRET_KEY = "another"
    assert health.metrics_token() != before
