"""A whole portal on the tests' database, with its real programs."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from django.db import connection

from generation.models import Lease
from tests.settings import free_port

BASE_DIR = Path(__file__).resolve().parents[2]
#: Seconds; generous for a busy machine.
START = 180.0
OF_OTHERS = ("WJPORTAL_", "WUJIE_", "JUMDATA_", "DJANGO_", "DATABASE_URL", "PORT")


def until(
    condition: Callable[[], Any],
    seconds: float,
    what: str = "",
    progress: Callable[[], Any] = lambda: None,
) -> Any:
    """``seconds`` count anew with each change of ``progress``: a slow machine may take
    long, if it goes on."""
    deadline, seen = time.monotonic() + seconds, progress()
    while not (value := condition()):
        if (now := progress()) != seen:
            deadline, seen = time.monotonic() + seconds, now
        assert time.monotonic() < deadline, f"not after {seconds} s: {what}"
        time.sleep(0.1)
    return value


class Portal:
    """``manage.py portal`` with the sandbox; its log is in the data dir."""

    def __init__(self, data_dir: Path, database: dict[str, str]) -> None:
        self.data_dir = data_dir
        self.port, self.sandbox_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data_dir / "portal.log"
        self.environ = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(OF_OTHERS)
        } | {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "WJPORTAL_DATA_DIR": str(data_dir),
            "PORT": str(self.port),
            "SANDBOX_PORT": str(self.sandbox_port),
            "WJPORTAL_PUBLIC_URL": self.url,
            # Both sign tasks of the queue with this key.
            "WJPORTAL_SECRET_KEY": settings.SECRET_KEY,
            **database,
        }
        self.sandbox = Sandbox(f"http://127.0.0.1:{self.sandbox_port}")
        self.start()

    def start(self) -> None:
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "portal"],
                cwd=BASE_DIR,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        until(self._is_up, START, f"{self.url} is up")

    def _is_up(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        with contextlib.suppress(httpx.HTTPError):
            answer = httpx.get(f"{self.url}/healthz", trust_env=False, timeout=5)
            return answer.status_code < 500 and self.sandbox.is_there()
        return False

    def stop(self) -> None:
        self.kill()
        self.sandbox.http.close()

    def kill(self) -> None:
        """Kill the supervisor first, so that it restarts nothing; then its programs."""
        self.process.kill()
        self.process.wait()
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until(lambda: not self.pids(), START, "all have gone")

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=BASE_DIR,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=START,
        )

    def pids(self, command: str = "") -> list[int]:
        """Processes with this data dir in their environment, oldest first."""
        marker = f"WJPORTAL_DATA_DIR={self.data_dir}\0".encode()
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it has ended
                if (
                    marker in (path / "environ").read_bytes()
                    and command.encode() in (path / "cmdline").read_bytes()
                ):
                    stat = (path / "stat").read_text().rpartition(")")[2].split()
                    if stat[0] != "Z":
                        found.append((int(stat[19]), int(path.name)))
        return [pid for _, pid in sorted(found)]

    def leader(self) -> int | None:
        """The worker with the pump's lease."""
        lease = Lease.objects.filter(name="pump").first()
        pid = int(lease.holder.partition("-")[0]) if lease and lease.holder else 0
        return pid if pid in self.pids("qcluster") else None


class Sandbox:
    """The sandbox's switches and state; counts of a killed one are kept here."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=10, trust_env=False)
        self.faults: Counter[str] = Counter()
        self.forged: Counter[str] = Counter()
        self._last: dict[str, Counter[str]] = {}

    def is_there(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return self.http.get("/sandbox/state?jobs=no").status_code == 200
        return False

    def switch(self, **switches: Any) -> None:
        def switched() -> bool:
            with contextlib.suppress(httpx.TransportError):
                answer = self.http.post("/sandbox/switches", json=switches)
                assert answer.status_code == 200, answer.text
                return True
            return False

        until(switched, START, "the sandbox takes its switches")

    def state(self, jobs: str = "yes") -> dict[str, Any]:
        def asked() -> dict[str, Any] | None:
            with contextlib.suppress(httpx.HTTPError):
                answer = self.http.get("/sandbox/state", params={"jobs": jobs})
                return dict(answer.raise_for_status().json())
            return None

        found: dict[str, Any] = until(asked, START, "the sandbox tells its state")
        self._count("faults", self.faults, Counter(found["faults"]))
        self._count("forged", self.forged, Counter(found["forged"]))
        return found

    def _count(self, what: str, total: Counter[str], now: Counter[str]) -> None:
        last = self._last.get(what, Counter())
        is_new = any(now[name] < last[name] for name in last)
        total += now if is_new else now - last
        self._last[what] = now


def is_postgresql() -> bool:
    return connection.vendor == "postgresql"
