"""The whole portal, really started on free ports and a data dir of its own.

Its processes are told apart by the data dir in their environment, and it always runs on
its own SQLite: which database the suite runs on makes no difference here, so
``script/test`` runs this file once.
"""

import contextlib
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]
BASE_DIR = Path(__file__).resolve().parents[2]
#: Generous: the machine may be busy with other tests.
START = 180.0
OF_OTHERS = ("WJPORTAL_", "WUJIE_", "JUMDATA_", "DJANGO_", "DATABASE_URL")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def until(condition: Callable[[], Any], seconds: float) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not after {seconds} s"
        time.sleep(0.05)
    return value


class Portal:
    """``manage.py portal`` on a data dir, and what it said so far."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.data_dir = data_dir
        env = {k: v for k, v in os.environ.items() if not k.startswith(OF_OTHERS)}
        env |= {"WJPORTAL_DATA_DIR": str(data_dir), "PORT": str(free_port())}
        env |= {"SANDBOX_PORT": str(free_port()), **environment}
        self.url = f"http://127.0.0.1:{env['PORT']}"
        self.sandbox_url = f"http://127.0.0.1:{env['SANDBOX_PORT']}"
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "portal"],
            cwd=BASE_DIR,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        self.lines.extend(
            line.rstrip() for line in iter(self.process.stdout.readline, "")
        )

    def said(self, text: str, seconds: float = START) -> None:
        until(lambda: any(text in line for line in self.lines), seconds)

    def up(self) -> "Portal":
        until(lambda: self.url in self.text or self.process.poll() is not None, START)
        assert self.url in self.text, self.text
        return self

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def ended(self, seconds: float = 30) -> int:
        """The exit status, once nothing that was started is left."""
        status = self.process.wait(seconds)
        until(lambda: not self.pids(), seconds)
        self._reader.join(5)
        return status

    def pids(self, command: str = "") -> list[int]:
        """Of all processes that run on this data dir, oldest first."""
        marker = f"WJPORTAL_DATA_DIR={self.data_dir}\0".encode()
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it just ended
                if (
                    marker in (path / "environ").read_bytes()
                    and command.encode() in (path / "cmdline").read_bytes()
                ):
                    found.append((float(started(path.name)), int(path.name)))
        return [pid for _, pid in sorted(found)]

    def lease_renewed(self) -> str:
        path = f"file:{self.data_dir}/wjportal.sqlite3?mode=ro"
        query = "SELECT renewed_at FROM generation_lease WHERE name = 'pump'"
        with contextlib.closing(sqlite3.connect(path, timeout=20, uri=True)) as rows:
            return str(rows.execute(query).fetchone()[0])

    def freeze(self) -> None:
        """Kill the workers: the idle one takes the lock of the task queue with it."""
        # The main process, its sentinel, the workers, then monitor and pusher.
        for pid in self.pids("qcluster")[2:6]:
            os.kill(pid, signal.SIGKILL)

    def kill_all(self) -> None:
        self.process.kill()
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join(5)
        assert self.process.stdout
        self.process.stdout.close()


def started(pid: str) -> str:
    """Clock ticks from the machine's start to the process's."""
    stat = Path(f"/proc/{pid}/stat").read_text()
    return stat.rpartition(")")[2].split()[19]


@contextlib.contextmanager
def starting(data_dir: Path, **environment: str) -> Iterator[Portal]:
    portal = Portal(data_dir, **environment)
    try:
        yield portal
    finally:
        portal.kill_all()


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """One that runs while the tests of this module do things to it."""
    with starting(tmp_path_factory.mktemp("portal")) as portal:
        yield portal.up()


@pytest.fixture(scope="module")
def stopped_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data dir that was in use once, for portals that only start and end."""
    return tmp_path_factory.mktemp("stopped")


def sign_ins(portal: Portal) -> dict[str, str]:
    return dict(re.findall(r"^  (\w+) / (\S+)$", portal.text, re.MULTILINE))


def test_it_prints_one_address_and_sign_ins_that_work(portal: Portal) -> None:
    assert re.findall(r"http://\S+", portal.text) == [portal.url]
    assert "sandbox" in portal.text
    people = sign_ins(portal)
    assert set(people) == {"member", "moderator", "admin"}
    for name, password in people.items():
        with httpx.Client(base_url=portal.url, trust_env=False) as browser:
            page = browser.get("/accounts/login/")
            token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page.text)
            assert token, page.text
            form = {"username": name, "password": password}
            form["csrfmiddlewaretoken"] = token[1]
            assert browser.post("/accounts/login/", data=form).status_code == 302


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("sandbox gateway", "sandbox\0"),
        ("web server", "granian"),
        ("worker cluster", "qcluster"),
    ],
)
def test_a_killed_program_is_started_again(
    portal: Portal, name: str, command: str
) -> None:
    before = portal.pids(command)
    os.kill(before[0], signal.SIGKILL)
    portal.said(f"The {name} ended (SIGKILL); starting it again in 1 s.")
    until(lambda: len(portal.pids(command)) == len(before), START)
    assert not set(before) & set(portal.pids(command))
    for url in (portal.url, portal.sandbox_url):
        until(lambda url=url: answers(url), START)
    renewed = portal.lease_renewed()
    until(lambda: portal.lease_renewed() > renewed, START)


#: Two ends of one body: a proxy in front may believe the one, the portal the other.
CONTRADICTORY = (
    "Content-Length: {length}\r\nTransfer-Encoding: chunked",
    "Content-Length: 0\r\nContent-Length: {length}",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: chunked, identity\r\nContent-Length: {length}",
    "Content-Length: +{length}",
)


@pytest.mark.parametrize("headers", CONTRADICTORY)
def test_no_request_is_smuggled_in_a_body(portal: Portal, headers: str) -> None:
    url = httpx.URL(portal.url)
    body = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: portal\r\n\r\n"
    lines = f"POST / HTTP/1.1\r\nHost: {url.netloc.decode()}\r\n{headers}\r\n\r\n"
    head = lines.format(length=len(body)).encode()
    with socket.create_connection((url.host, url.port or 80), timeout=20) as wire:
        wire.sendall(head + body)
        answer = b""
        while chunk := wire.recv(65536):
            answer += chunk
    statuses = re.findall(rb"^HTTP/1.1 (\d+)", answer, re.MULTILINE)
    assert statuses in ([b"400"], [b"403"]), answer


def answers(url: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(url, trust_env=False).status_code < 500
    return False


def test_a_frozen_cluster_is_started_again(portal: Portal) -> None:
    frozen = portal.pids("qcluster")
    portal.freeze()
    portal.said("The worker cluster shows no sign of life; starting it again.", 30)
    renewed = portal.lease_renewed()
    until(lambda: portal.lease_renewed() > renewed, 30)
    assert not set(frozen) & set(portal.pids("qcluster"))


def test_two_portals_never_share_a_data_dir(portal: Portal) -> None:
    with starting(portal.data_dir) as second:
        assert second.process.wait(START) == 1
        second._reader.join(5)
        assert f"Another portal (process {portal.process.pid}) runs" in second.text
    assert portal.process.poll() is None


@pytest.mark.parametrize("variable", ["PORT", "SANDBOX_PORT"])
def test_a_taken_port_is_named(stopped_dir: Path, variable: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        with starting(stopped_dir, **{variable: port}) as portal:
            assert portal.ended() == 1
            assert f"port {port}: Address already in use" in portal.text
            assert f"set {variable} to another port" in portal.text


def test_a_foreign_host_is_named(stopped_dir: Path) -> None:
    with starting(stopped_dir, HOST="192.0.2.1") as portal:
        assert portal.ended() == 1
        assert "Cannot listen on 192.0.2.1" in portal.text
        assert "Stop what runs there" not in portal.text


def test_a_wrong_port_is_named(stopped_dir: Path) -> None:
    with starting(stopped_dir, PORT="http") as portal:
        assert portal.ended() == 1
        assert "PORT: 'http' is not a port" in portal.text
        assert "Traceback" not in portal.text


def test_ctrl_c_ends_everything_and_data_stays(stopped_dir: Path) -> None:
    with starting(stopped_dir) as portal:
        portal.up()
        assert len(portal.pids()) > 10
        portal.process.send_signal(signal.SIGINT)
        assert portal.ended() == 0
        assert portal.lines[-1] == "Stopped."
        people = sign_ins(portal)
    with starting(stopped_dir) as again:
        assert sign_ins(again.up()) == people
        again.process.send_signal(signal.SIGTERM)
        assert again.ended() == 0


def test_nothing_outlives_a_killed_portal_and_guard(stopped_dir: Path) -> None:
    with starting(stopped_dir) as portal:
        portal.up().process.kill()
        for pid in portal.pids("guard.py"):
            os.kill(pid, signal.SIGKILL)
        portal.ended()


def test_not_even_a_frozen_cluster_outlives_it(stopped_dir: Path) -> None:
    with starting(stopped_dir) as portal:
        portal.up().freeze()
        time.sleep(1)  # for the sentinel to notice; it freezes all the same
        portal.process.kill()
        left = portal.pids()
        # Started at once, the next one waits until the last of them has gone.
        with starting(stopped_dir) as next_one:
            next_one.up()
            assert not set(left) & set(next_one.pids())
