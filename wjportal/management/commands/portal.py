"""Runs the whole portal on this machine (`wjportal.engine.supervisor`)."""

import contextlib
import errno
import fcntl
import io
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django import db
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from wjportal.engine import guard
from wjportal.engine.programs import LOOPBACK, programs, reachable
from wjportal.engine.supervisor import Guard, Supervisor
from wjportal.management.commands.demo import retire, sign_ins


class Command(BaseCommand):
    help = "Run web, worker cluster and, without gateway credentials, the sandbox."

    def handle(self, *args: Any, **options: Any) -> None:
        os.umask(0o077)  # of its programs, too
        with contextlib.suppress(KeyboardInterrupt), lock(settings.DATA_DIR) as held:
            check_free(settings.HOST, settings.PORT, "PORT")
            if settings.SANDBOX:
                check_free(LOOPBACK, settings.SANDBOX_PORT, "SANDBOX_PORT")
            self._prepare()
            supervisor = Supervisor(programs(self._say), Guard(held), self._say)
            supervisor.run(when_up=self._welcome)

    def _prepare(self) -> None:
        try:
            call_command("migrate", verbosity=0, interactive=False)
        except db.OperationalError as error:
            raise CommandError(f"The database cannot be used: {error}") from error
        call_command("schedule", verbosity=0)
        if not settings.SANDBOX and (names := retire()):
            self._say(
                f"The gateways are real: the demo people ({', '.join(names)}) are "
                "switched off. manage.py first_admin makes an owner."
            )

    def _welcome(self) -> None:
        host = reachable(settings.HOST)
        host = f"[{host}]" if ":" in host else host
        if settings.SANDBOX:
            made = io.StringIO()
            call_command("demo", stdout=made)
            self._say(made.getvalue().strip())
            self._say(
                "The gateway is the sandbox: nothing leaves this machine or costs."
            )
            self._say("Demo sign-ins (name / password):")
            for name, password in json.loads(sign_ins().read_text("utf-8")).items():
                self._say(f"  {name} / {password}")
        if settings.SECURE_HTTPS and not settings.TRUSTED_PROXIES:
            self._say(
                "WJPORTAL_PUBLIC_URL is https and WJPORTAL_TRUSTED_PROXIES is not set: "
                "no proxy is believed that a page came by https, and each redirects."
            )
        self._say(f"wjportal is at http://{host}:{settings.PORT} until Ctrl-C.")

    def _say(self, line: str) -> None:
        with contextlib.suppress(OSError):  # the terminal may be gone
            self.stdout.write(line)
            self.stdout.flush()


@contextlib.contextmanager
def lock(data_dir: Path) -> Iterator[int]:
    """Lock the data dir against a second portal; yields the descriptor.

    A killed portal's lock lasts until its guard has ended its programs.
    """
    with (data_dir / "portal.lock").open("a+", encoding="ascii") as file:
        deadline = time.monotonic() + guard.GRACE + 5
        while not locked(file.fileno()):
            file.seek(0)
            holder = file.read()
            is_alive = bool(holder) and guard.is_running(int(holder))
            if is_alive or time.monotonic() > deadline:
                raise CommandError(
                    f"Another portal (process {holder}) runs on {data_dir}. "
                    "Stop it, or set WJPORTAL_DATA_DIR to another folder."
                )
            time.sleep(0.2)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield file.fileno()


def locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def check_free(host: str, port: int, variable: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            what = f"Cannot listen on {host}, port {port}: {error.strerror}."
            if error.errno == errno.EADDRINUSE:
                what += f" Stop what runs there, or set {variable} to another port."
            raise CommandError(what) from error
