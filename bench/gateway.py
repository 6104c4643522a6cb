"""The sandbox as a benchmark's gateway."""

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from bench import processes
from wjportal.credentials import sandbox_credentials

#: Small, cheap pictures: the sandbox is not measured.
QUICK = {
    "picture_max_side": 64,
    "picture_scenes": 16,
    "balance": 10**9,
    "channels": {"wujie": 100_000},
}


class Gateway:
    def __init__(self, folder: Path, session: int, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.http = httpx.Client(base_url=self.url, timeout=60, trust_env=False)
        self._folder = folder
        self._session = session

    @property
    def cpu_seconds(self) -> float:
        return processes.cpu_seconds(self._session)

    def give_credentials(self, data_dir: Path) -> None:
        shutil.copytree(self._folder / "keys", data_dir / "sandbox")

    def renew(self, **switches: Any) -> None:
        self.http.post("/sandbox/reset", json={}).raise_for_status()
        answer = self.http.post("/sandbox/switches", json={**QUICK, **switches})
        answer.raise_for_status()

    def requests(self, name: str) -> int:
        """By the sandbox's count."""
        state = self.http.get("/sandbox/state", params={"jobs": "no"}).json()
        return int(state["requests"].get(name, 0))

    def finished_at(self) -> dict[str, float]:
        """Unix seconds by key."""
        jobs = self.http.get("/sandbox/state").json()["jobs"]
        return {job["key"]: job["end"] for job in jobs if job["end"] is not None}


@contextlib.contextmanager
def gateway(folder: Path) -> Iterator[Gateway]:
    keys = folder / "keys" / "credentials.json"
    sandbox_credentials(keys)
    port = processes.free_port()
    arguments = ["--port", str(port), "--data-dir", str(folder / "sandbox")]
    arguments += ["--credentials", str(keys)]
    with processes.running("sandbox", *arguments, environ=os.environ) as process:
        made = Gateway(folder, process.pid, port)
        wait_for(made.url)
        made.renew()
        with contextlib.closing(made.http):
            yield made


def wait_for(url: str, seconds: float = 30) -> None:
    """Until an answer without a server error; raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(url, trust_env=False, verify=False).status_code < 500:
                return
        if time.monotonic() > deadline:
            raise TimeoutError(f"{url} does not answer")
        time.sleep(0.1)
