"""The real sandbox process on a free port, and clients that sign as the portal would.

Nothing here imports the portal: an independent reading of the contract.
"""

import base64
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

ROOT = Path(__file__).parents[2]
Json = dict[str, Any]
# Short for tests, long enough to be polled.
QUICK = {
    "draw_seconds": 0.1,
    "draw_spread": 0,
    "submit_seconds": 0,
    "picture_max_side": 64,
}
DRAWING = {
    "model": 1,
    "num": 1,
    "prompt": "a lighthouse in the evening 灯塔",
    "width": 512,
    "height": 512,
}


class Account:
    """One enterprise's keys at Wujie, and its secret at Jumdata."""

    def __init__(self, name: str) -> None:
        self.app_id = f"wj-{name}"
        self.jumdata_id = f"jm-{name}"
        self.secret = f"secret-{name}"
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=1024)

    def entries(self) -> tuple[Json, Json]:
        public = self.key.public_key().public_bytes(
            serialization.Encoding.DER,
            serialization.PublicFormat.SubjectPublicKeyInfo,
        )
        private = self.key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return (
            {
                "app_id": self.app_id,
                "public_key": base64.b64encode(public).decode(),
                "callback_private_key": base64.b64encode(private).decode(),
            },
            {"app_id": self.jumdata_id, "app_secret": self.secret},
        )

    def authorization(
        self, *, original: str | None = None, version: Any = "1", **changes: Any
    ) -> str:
        """The header of contract §2.1; ``changes`` replace members after signing."""
        if original is None:
            original = f'{{"appId":"{self.app_id}","timestamp":{int(time.time())}}}'
        sign = self.key.sign(original.encode(), padding.PKCS1v15(), SHA256())
        header = {
            "secretKeyVersion": version,
            "appId": self.app_id,
            "sign": base64.b64encode(sign).decode(),
            "original": original,
        }
        return json.dumps({**header, **changes})

    def form(self, **fields: Any) -> dict[str, str]:
        """A Jumdata form with its public parameters (seed 002)."""
        stamp = str(int(time.time() * 1000))
        text = f"{self.jumdata_id}{self.secret}{stamp}"
        public = {
            "appId": self.jumdata_id,
            "timestamp": stamp,
            "sign": hashlib.sha256(text.encode()).hexdigest(),
        }
        return {**public, **{name: str(value) for name, value in fields.items()}}


class Process:
    """One sandbox process; ``kill`` and ``start`` again keep its port and data."""

    def __init__(self, folder: Path, accounts: list[Account], port: int = 0) -> None:
        self.folder = folder
        self.port = port
        wujie, jumdata = zip(*(account.entries() for account in accounts), strict=True)
        self.credentials = folder / "credentials.json"
        self.credentials.write_text(
            json.dumps({"wujie": list(wujie), "jumdata": list(jumdata)})
        )
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "sandbox"),
            *("--port", str(self.port)),
            *("--data-dir", str(self.folder / "data")),
            *("--credentials", str(self.credentials)),
        ]

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command(),
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert "listens on http://127.0.0.1:" in line, line
        self.port = int(line.rsplit(":", 1)[1])

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def stop(self) -> int:
        self.process.terminate()
        status = self.process.wait(timeout=5)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


def eventually(probe: Callable[[], Any], seconds: float = 60) -> Any:
    """The first true value of ``probe``; fails after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (value := probe()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return value


class Client:
    """Speaks to the sandbox as ``account``, and flips its switches."""

    def __init__(self, http: httpx.Client, account: Account) -> None:
        self.http = http
        self.account = account
        self.eventually = eventually

    def as_(self, account: Account) -> "Client":
        return Client(self.http, account)

    def wujie(self, verb: str, path: str, body: Any = None, **params: Any) -> Json:
        answer = self.http.request(
            verb,
            f"/wj-open/v1{path}",
            json=body,
            params=params,
            headers={"Authorization": self.account.authorization()},
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def ask(self, **changes: Any) -> Json:
        """The whole reply to a drawing; ``None`` takes a field away."""
        body = {**DRAWING, **changes}
        return self.wujie(
            "POST",
            "/ai/create",
            {name: value for name, value in body.items() if value is not None},
        )

    def create(self, **changes: Any) -> list[str]:
        """Keys of an accepted drawing."""
        reply = self.ask(**changes)
        assert reply["code"] == "200", reply
        return list(reply["data"]["keys"])

    def poll(self, *keys: str) -> dict[str, Json]:
        reply = self.wujie("POST", "/ai/generating_info", list(keys))
        assert reply["code"] == "200", reply
        return {item["key"]: item for item in reply["data"]["list"]}

    def status(self, key: str) -> int:
        return int(self.poll(key)[key]["status"])

    def info(self, key: str) -> Json:
        return dict(self.wujie("GET", "/ai/info", key=key)["data"])

    def finished(self, key: str) -> Json:
        """The poll's item once the job has ended."""
        eventually(lambda: self.status(key) in (4, 3, 12, -1))
        return self.poll(key)[key]

    def drawn(self, **changes: Any) -> Json:
        """Create one drawing and wait for its end."""
        (key,) = self.create(**changes)
        return self.finished(key)

    def cancel(self, key: str) -> str:
        """The code of the reply."""
        return str(self.wujie("POST", "/ai/cancel", {"key": key})["code"])

    def jumdata(self, call: str, **fields: Any) -> Json:
        answer = self.http.post(f"/ai/draw/{call}", data=self.account.form(**fields))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def balance(self) -> int:
        reply = self.wujie("GET", "/account/availableIntegralBalance")
        return int(reply["data"]["balance"])

    def flip(self, **switches: Any) -> None:
        answer = self.http.post("/sandbox/switches", json=switches)
        assert answer.status_code == 200, answer.text

    def finish(self) -> None:
        assert self.http.post("/sandbox/finish", json={}).status_code == 200

    def state(self) -> Json:
        return dict(self.http.get("/sandbox/state").json())

    def job(self, key: str) -> Json:
        """The sandbox's own line about one job."""
        return next(job for job in self.state()["jobs"] if job["key"] == key)


@pytest.fixture(scope="session")
def account() -> Account:
    return Account("one")


@pytest.fixture(scope="session")
def stranger() -> Account:
    return Account("two")


@pytest.fixture(scope="session")
def process(
    tmp_path_factory: pytest.TempPathFactory, account: Account, stranger: Account
) -> Iterator[Process]:
    running = Process(tmp_path_factory.mktemp("sandbox"), [account, stranger])
    yield running
    assert running.stop() == 0


@pytest.fixture
def own_process(
    tmp_path: Path, account: Account, stranger: Account
) -> Iterator[Process]:
    """A process that the test may kill and start again."""
    running = Process(tmp_path, [account, stranger])
    yield running
    running.kill()


@pytest.fixture
def own_client(own_process: Process, account: Account) -> Iterator[Client]:
    with httpx.Client(base_url=own_process.url, trust_env=False) as http:
        client = Client(http, account)
        client.flip(**QUICK)
        yield client


@pytest.fixture
def client(process: Process, account: Account) -> Iterator[Client]:
    """A freshly reset sandbox that draws quickly."""
    with httpx.Client(base_url=process.url, trust_env=False) as http:
        assert http.post("/sandbox/reset", json={}).status_code == 200
        client = Client(http, account)
        client.flip(**QUICK)
        yield client
