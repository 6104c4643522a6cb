"""Runs the whole portal on this machine; see `wjportal.supervisor`."""

import contextlib
import fcntl
import http.client
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django import db
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django_q.tasks import async_task

from generation.models import Lease
from wjportal import guard
from wjportal.supervisor import GaveUp, Guard, Program, Supervisor

#: The pump renews its lease every turn; a cluster where it does not is frozen.
LEASE_AGE = timedelta(seconds=12)
#: Seconds for a program to answer when it is looked at.
ANSWER = 3.0


class Command(BaseCommand):
    help = "Runs web, worker cluster and, without gateway credentials, the sandbox."

    def handle(self, *args: Any, **options: Any) -> None:
        self.host = os.environ.get("HOST") or "127.0.0.1"
        self.port = port("PORT", 8000)
        self.sandbox_port = port("SANDBOX_PORT", self.port + 1)
        with lock(settings.DATA_DIR / "portal.lock") as lock_file:
            check_free(self.host, self.port, "PORT")
            if settings.SANDBOX:
                check_free("127.0.0.1", self.sandbox_port, "SANDBOX_PORT")
            self._prepare()
            supervisor = Supervisor(self._programs(), Guard(lock_file), self._say)
            try:
                supervisor.run(when_up=self._welcome)
            except GaveUp as reason:
                raise CommandError(f"{reason} The portal has stopped.") from reason

    def _prepare(self) -> None:
        try:
            call_command("migrate", verbosity=0, interactive=False)
        except db.OperationalError as error:
            raise CommandError(f"The database cannot be reached: {error}") from error
        call_command("schedule", verbosity=0)
        if settings.SANDBOX:
            call_command("demo", verbosity=0)
        db.connections.close_all()

    def _programs(self) -> list[Program]:
        python = sys.executable
        manage = str(settings.BASE_DIR / "manage.py")
        web = [python, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws"]
        web += ["--host", self.host, "--port", str(self.port)]
        web += ["--workers", "2", "--blocking-threads", "3", "--respawn-failed-workers"]
        web += ["--workers-kill-timeout", "10", "--log-level", "warning"]
        programs = [
            self._program(
                "worker cluster",
                [python, manage, "qcluster"],
                is_well=pump_is_moving,
                before_start=enqueue_pumps,
                every=1.0,
            ),
            self._program(
                "web server",
                [*web, "wjportal.wsgi:application"],
                is_well=lambda: answers(reachable(self.host), self.port, "/healthz"),
            ),
        ]
        if settings.SANDBOX:
            sandbox = [python, "-m", "sandbox", "--host", "127.0.0.1"]
            sandbox += ["--port", str(self.sandbox_port)]
            sandbox += ["--data-dir", str(settings.DATA_DIR / "sandbox")]
            sandbox += ["--credentials", str(settings.SANDBOX_CREDENTIALS_FILE)]
            programs.insert(
                0,
                self._program(
                    "sandbox gateway",
                    sandbox,
                    is_well=lambda: answers("127.0.0.1", self.sandbox_port, "/"),
                    ends_last=True,
                ),
            )
        return programs

    def _program(self, name: str, command: list[str], **options: Any) -> Program:
        sandbox_url = f"http://127.0.0.1:{self.sandbox_port}"
        env = {**os.environ, "WJPORTAL_SANDBOX_URL": sandbox_url}
        return Program(name, command, env, self._say, **options)

    def _welcome(self) -> None:
        host = reachable(self.host)
        self._say(
            f"wjportal is at http://{f'[{host}]' if ':' in host else host}:{self.port}"
        )
        if settings.SANDBOX:
            self._say("Its gateway is the sandbox: nothing is sent out, nothing costs.")
            people = json.loads((settings.DATA_DIR / "demo.json").read_text("utf-8"))
            self._say("Sign in as (name / password):")
            for name, password in people.items():
                self._say(f"  {name} / {password}")
        self._say("Ctrl-C stops it.")

    def _say(self, line: str) -> None:
        with contextlib.suppress(OSError):  # the terminal may be gone
            self.stdout.write(line)
            self.stdout.flush()


def port(name: str, default: int) -> int:
    value = os.environ.get(name) or str(default)
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise CommandError(f"{name}: {value!r} is not a port number.")
    return int(value)


@contextlib.contextmanager
def lock(path: Path) -> Iterator[int]:
    """Two portals never share a data dir. Yields the locked file's descriptor.

    The lock of a portal that was killed lasts until its guard has ended its programs.
    """
    with path.open("a+") as file:
        deadline = time.monotonic() + guard.GRACE + 5
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                file.seek(0)
                holder = file.read().strip()
                if (
                    (holder
                    and guard.is_running(int(holder)))
                    or time.monotonic() > deadline
                ):
                    raise CommandError(
                        f"Another portal (process {holder}) runs on {path.parent}. "
                        "Stop it, or set WJPORTAL_DATA_DIR to another folder."
                    ) from None
                time.sleep(0.2)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield file.fileno()


def check_free(host: str, port: int, variable: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {host}, port {port}: {error.strerror}. "
                f"Stop what runs there, or set {variable} to another port."
            ) from error


def reachable(host: str) -> str:
    """An address of this machine for one that means all its addresses."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def answers(host: str, port: int, path: str) -> bool:
    """Any answer but a server error counts: a redirect to https is one too."""
    allowed = [name for name in settings.ALLOWED_HOSTS if name[0] not in ".*"]
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER)
    try:
        connection.request("GET", path, headers={"Host": (allowed or ["localhost"])[0]})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def pump_is_moving() -> bool | None:
    try:
        lease = Lease.objects.filter(name="pump").first()
    except db.Error:
        db.close_old_connections()
        return None
    return lease is not None and timezone.now() - lease.renewed_at < LEASE_AGE


def enqueue_pumps() -> None:
    """A leader and its standby. Without a database, the minute schedule does it."""
    with contextlib.suppress(db.Error):
        async_task("generation.tasks.pump")
        async_task("generation.tasks.pump")
    db.close_old_connections()
