import contextlib
import datetime
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django import db
from django.utils import timezone
from django_q.models import OrmQ

from generation.models import Lease
from wjportal.engine import programs

pytestmark = pytest.mark.both_databases


@contextlib.contextmanager
def serving(status: int) -> Iterator[tuple[int, list[str]]]:
    hosts: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hosts.append(self.headers["Host"])
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, hosts
        server.shutdown()


@pytest.mark.parametrize(
    ("status", "is_well"), [(200, True), (301, True), (404, True), (500, False)]
)
def test_any_answer_but_an_error_counts(status: int, is_well: bool) -> None:
    with serving(status) as (port, _):
        assert programs.answers("127.0.0.1", port, "/") is is_well


def test_it_asks_for_a_host_that_is_allowed(settings: Any) -> None:
    settings.ALLOWED_HOSTS = [".example.org", "portal.example.org"]
    with serving(200) as (port, hosts):
        programs.answers("127.0.0.1", port, "/")
    assert hosts == ["portal.example.org"]


def test_silence_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert not programs.answers("127.0.0.1", port, "/")
    assert not programs.answers("127.0.0.1", port, "/")


@pytest.mark.parametrize(("age", "is_well"), [(0, True), (11, True), (13, False)])
@pytest.mark.django_db
def test_the_pump_moves_while_its_lease_is_young(age: int, is_well: bool) -> None:
    now = timezone.now()
    renewed = now - datetime.timedelta(seconds=age)
    Lease.objects.create(name="pump", holder="x", until=now, renewed_at=renewed)
    assert programs.pump_is_moving() is is_well


@pytest.mark.django_db
def test_a_pump_that_never_ran_is_not_moving() -> None:
    assert programs.pump_is_moving() is False


def unreachable(*_: Any) -> None:
    raise db.OperationalError("the server closed the connection")


@pytest.mark.django_db(transaction=True)
def test_nobody_can_tell_without_a_database() -> None:
    with db.connection.execute_wrapper(unreachable):
        assert programs.pump_is_moving() is None


@pytest.mark.django_db(transaction=True)
def test_the_cluster_starts_without_a_database() -> None:
    with db.connection.execute_wrapper(unreachable):
        programs.enqueue_first_tasks()
    assert not OrmQ.objects.exists()


@pytest.mark.django_db
def test_a_leader_and_a_standby_are_enqueued() -> None:
    programs.enqueue_first_tasks()
    functions = [row.func() for row in OrmQ.objects.all()]
    assert functions.count("wjportal.engine.tasks.pump") == 2


@pytest.mark.django_db
def test_a_new_cluster_does_not_wait_for_the_leases_of_the_dead() -> None:
    now = timezone.now()
    later = now + datetime.timedelta(seconds=6)
    Lease.objects.create(name="pump", holder="dead", until=later, renewed_at=now)
    programs.enqueue_first_tasks()
    assert Lease.take("pump", "alive", 6)


@pytest.mark.parametrize("is_sandbox", [True, False])
def test_the_sandbox_runs_without_credentials_only(
    settings: Any, is_sandbox: bool
) -> None:
    settings.SANDBOX = is_sandbox
    names = [program.name for program in programs.programs(print)]
    assert ("sandbox gateway" in names) is is_sandbox
    assert {"worker cluster", "web server"} < {*names, "sandbox gateway"}
