"""The portal's programs: command, health check and hooks."""

import http.client
import resource
import sys
from datetime import timedelta

from django import db
from django.conf import settings
from django.utils import timezone

from generation.models import Lease
from wjportal.engine import tasks
from wjportal.engine.supervisor import Program, Say

#: The leader renews every second; an older lease: the cluster is frozen.
LEASE_AGE = timedelta(seconds=12)
#: Health check timeout.
ANSWER_SECONDS = 3.0
LOOPBACK = "127.0.0.1"
#: Open files of each process, sockets too.
MOST_FILES = 20_000
FILES_OF_ITS_OWN = 200


def programs(say: Say) -> list[Program]:
    """In starting order."""
    return [*([sandbox(say)] if settings.SANDBOX else []), cluster(say), web(say)]


def sandbox(say: Say) -> Program:
    port = settings.SANDBOX_PORT
    command = [sys.executable, "-m", "sandbox", "--host", LOOPBACK, "--port", str(port)]
    command += ["--data-dir", str(settings.DATA_DIR / "sandbox")]
    command += ["--credentials", str(settings.SANDBOX_CREDENTIALS_FILE)]
    return Program(
        "sandbox gateway",
        command,
        say,
        is_well=lambda: answers(LOOPBACK, port, "/"),
        ends_last=True,  # the cluster may have calls there
    )


def cluster(say: Say) -> Program:
    return Program(
        "worker cluster",
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "qcluster"],
        say,
        is_well=pump_is_moving,
        before_start=enqueue_first_tasks,
        before_end=take_leases,
        every=1.0,
    )


def web(say: Say) -> Program:
    """granian ends what is idle, or slow with its headers, after 30 seconds."""
    # A client may hold a connection and a file.
    connections = (allow_open_files() - FILES_OF_ITS_OWN) // 2
    command = [sys.executable, "-m", "granian", "--interface", "asginl", "--http", "1"]
    command += ["--no-ws", "--host", settings.HOST, "--port", str(settings.PORT)]
    command += ["--workers", str(settings.WEB_WORKERS), "--loop", "uvloop"]
    command += ["--backlog", "4096", "--backpressure", str(connections)]
    command += ["--respawn-failed-workers", "--workers-kill-timeout", "10"]
    command += ["--log-level", "warning"]
    return Program(
        "web server",
        [*command, "wjportal.asgi:application"],
        say,
        is_well=lambda: answers(reachable(settings.HOST), settings.PORT, "/healthz"),
    )


def allow_open_files() -> int:
    """How many a program may open. The usual 1,024 is a limit for desktops."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = MOST_FILES if most == resource.RLIM_INFINITY else min(most, MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
    return allowed


def reachable(host: str) -> str:
    return {"0.0.0.0": LOOPBACK, "::": "::1"}.get(host, host)


def answers(host: str, port: int, path: str) -> bool:
    """Any answer but a server error counts, a redirect to https too."""
    names = [name for name in settings.ALLOWED_HOSTS if name[0] not in ".*"]
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", path, headers={"Host": (names or ["localhost"])[0]})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def pump_is_moving() -> bool | None:
    """None: the database is away, not the cluster's fault."""
    try:
        lease = Lease.objects.filter(name="pump").first()
    except db.Error:
        db.close_old_connections()
        return None
    return lease is not None and timezone.now() - lease.renewed_at < LEASE_AGE


def enqueue_first_tasks() -> None:
    """Without a database the minute schedule enqueues later. Ends the last cluster's
    leases.
    """
    try:
        Lease.objects.update(until=timezone.now())
        tasks.boot()
    except db.Error:
        db.close_old_connections()


def take_leases() -> None:
    """For a quick stop: the leader ends at its next renewal, and no standby follows."""
    held = {"holder": "stopping", "until": timezone.now() + LEASE_AGE}
    try:
        Lease.objects.update(**held)
    except db.Error:
        db.close_old_connections()
