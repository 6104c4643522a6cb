"""A portal in a temporary folder."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE
from typing import Any

from bench import processes
from bench.gateway import Gateway, wait_for

#: Not inherited from another portal on this machine.
NOT_INHERITED = ("WJPORTAL_", "WUJIE_", "JUMDATA_", "DATABASE_URL", "HOST", "PORT")


@dataclass(frozen=True, slots=True)
class Race:
    """Generations from *queued* to archived, booked and judged by rule.

    ``cpu``, ``seconds``: of the whole race, in seconds; ``finished``: key → Unix
    seconds of its row's end.
    """

    pictures: int
    seconds: float
    cpu: float
    finished: dict[str, float]

    @property
    def cpu_each(self) -> float:
        return self.cpu / self.pictures

    @property
    def per_second(self) -> float:
        return self.pictures / self.seconds


class Portal:
    #: A migrated SQLite file, by the process's first portal.
    _migrated = b""

    def __init__(self, folder: Path, gateway: Gateway, database_url: str = "") -> None:
        self.data_dir = folder
        self.port = processes.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environ = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(NOT_INHERITED)
        } | {
            "DJANGO_SETTINGS_MODULE": "wjportal.settings",
            "WJPORTAL_DATA_DIR": str(folder),
            "WJPORTAL_SANDBOX_URL": gateway.url,
            "PORT": str(self.port),
        }
        if database_url:
            self.environ["DATABASE_URL"] = database_url
        folder.mkdir(parents=True)
        gateway.give_credentials(folder)
        if database_url:
            self.manage("migrate", "--verbosity=0")
        else:
            self._begin_as_the_first(folder / "wjportal.sqlite3")
        self.manage("schedule")

    def _begin_as_the_first(self, database: Path) -> None:
        """Copies the first portal's database: migrations are slow."""
        if self._migrated:
            database.write_bytes(self._migrated)
        else:
            self.manage("migrate", "--verbosity=0")
            Portal._migrated = database.read_bytes()

    def manage(self, *arguments: str) -> None:
        """Raises RuntimeError with the output."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command,
            cwd=processes.BASE_DIR,
            env=self.environ,
            stdout=PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(arguments)}: {done.stdout}")

    def rows(self, *arguments: object) -> Any:
        return self._answer("bench.rows", *arguments)

    def spend(self, *arguments: object) -> Any:
        return self._answer("bench.spend_commands", *arguments)

    def gallery(self, *arguments: object) -> Any:
        return self._answer("bench.gallery_commands", *arguments)

    def queue_rows(self, *arguments: object) -> Any:
        return self._answer("bench.queue_rows", *arguments)

    def _answer(self, module: str, *arguments: object) -> Any:
        command = processes.python(module, *map(str, arguments))
        answer = subprocess.run(
            command,
            cwd=processes.BASE_DIR,
            env=self.environ,
            check=True,
            stdout=PIPE,
        )
        return json.loads(answer.stdout)

    @contextlib.contextmanager
    def cluster(self) -> Iterator[int]:
        """Yields its session."""
        with processes.running("bench.program", "cluster", environ=self.environ) as one:
            yield one.pid

    @contextlib.contextmanager
    def web(self) -> Iterator[int]:
        """Yields its session."""
        with processes.running("bench.program", "web", environ=self.environ) as one:
            wait_for(f"{self.url}/healthz")
            yield one.pid

    def race(self, session: int, first: int, last: int, per_second: float = 0) -> Race:
        """All at once, or at a rate per second."""
        arguments = [str(first), str(last), str(per_second)]
        with processes.running(
            "bench.rows", "race", *arguments, environ=self.environ, stdout=PIPE
        ) as watcher:
            assert watcher.stdout is not None
            watcher.stdout.readline()  # the race started
            cpu, began = processes.cpu_seconds(session), time.monotonic()
            told = json.loads(watcher.stdout.readline() or "null")
            if told is None:
                raise RuntimeError("The cluster did not finish its work.")
            return Race(
                pictures=told["pictures"],
                seconds=time.monotonic() - began,
                cpu=processes.cpu_seconds(session) - cpu,
                finished=told["finished"],
            )

    def bare(self, gateway: Gateway, first: int, last: int) -> Race:
        private = json.loads((self.data_dir / "sandbox" / "private.json").read_text())
        course = {
            "database": str(self.data_dir / "wjportal.sqlite3"),
            "media": str(self.data_dir / "media"),
            "gateway": gateway.url,
            "app_id": private["wujie"]["app_id"],
            "private_key": private["wujie"]["private_key"],
            "first": first,
            "last": last,
        }
        answer = subprocess.run(
            processes.python("bench.bare"),
            input=json.dumps(course),
            cwd=processes.BASE_DIR,
            env=self.environ,
            check=True,
            stdout=PIPE,
            text=True,
        )
        return Race(**json.loads(answer.stdout))
