"""What all tests share: a data dir of their own, the cast, and a real sandbox."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Before the settings are read: tests never touch the data dir of a portal, nor a
# gateway that the environment knows.
os.environ["WJPORTAL_DATA_DIR"] = tempfile.mkdtemp(prefix="wjportal-tests-")
for name in list(os.environ):
    if name.startswith(("WUJIE_", "JUMDATA_")):
        del os.environ[name]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


SANDBOX_PORT = free_port()
os.environ["WJPORTAL_SANDBOX_URL"] = f"http://127.0.0.1:{SANDBOX_PORT}"
if url := os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = url
else:
    os.environ.pop("DATABASE_URL", None)

import httpx  # noqa: E402
import pytest  # noqa: E402
from django.test import Client  # noqa: E402

from tests import factories  # noqa: E402

BASE_DIR = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def own_media(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def alice(db: None) -> Any:
    return factories.alice()


@pytest.fixture
def bob(db: None) -> Any:
    return factories.bob()


@pytest.fixture
def mona(db: None) -> Any:
    return factories.mona()


@pytest.fixture
def otto(db: None) -> Any:
    return factories.otto()


@pytest.fixture
def signed_in(client: Client) -> Any:
    """``signed_in(alice)``: a test client of that person."""

    def sign_in(user: Any) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


class Sandbox:
    """The sandbox process of this test run, and its switches."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=10, trust_env=False)

    def switch(self, **switches: Any) -> None:
        self.http.post("/sandbox/switches", json=switches).raise_for_status()

    def state(self) -> dict[str, Any]:
        return dict(self.http.get("/sandbox/state").raise_for_status().json())

    def reset(self) -> None:
        self.http.post("/sandbox/reset").raise_for_status()


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Sandbox]:
    from django.conf import settings

    command = [sys.executable, "-m", "sandbox", "--host", "127.0.0.1"]
    command += ["--port", str(SANDBOX_PORT)]
    command += ["--data-dir", str(settings.DATA_DIR / "sandbox")]
    command += ["--credentials", str(settings.SANDBOX_CREDENTIALS_FILE)]
    process = subprocess.Popen(command, cwd=BASE_DIR)
    sandbox = Sandbox(settings.SANDBOX_URL)
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                sandbox.http.get("/")
                break
            except httpx.TransportError:
                assert process.poll() is None, "the sandbox ended"
                assert time.monotonic() < deadline, "the sandbox does not answer"
                time.sleep(0.05)
        yield sandbox
    finally:
        sandbox.http.close()
        process.terminate()
        process.wait(10)


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Sandbox:
    """As new: nothing drawn yet, quick, with small pictures."""
    sandbox_process.reset()
    sandbox_process.switch(draw_seconds=0.2, picture_max_side=64)
    return sandbox_process
