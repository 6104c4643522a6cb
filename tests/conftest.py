"""What all tests share: media of their own, the cast, and a real sandbox."""

import datetime
import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.apps import apps
from django.conf import settings as portal
from django.core.cache import cache, caches
from django.test import Client, TransactionTestCase
from django.utils import timezone, translation
from whitenoise.middleware import WhiteNoiseMiddleware

from generation.presenters import file_responses
from tests import emptying, factories, quick_books
from tests.faults.summary import pytest_terminal_summary
from tests.scheduling import Scheduling
from wjportal import credentials

__all__ = ["pytest_terminal_summary"]  # a hook: pytest finds it by its name
BASE_DIR = Path(__file__).resolve().parent.parent
#: The fixtures that give a test the database, and an address to talk to.
DATABASE = {"db", "transactional_db", "live_server"}
OVER_HTTP = {"live_server", "sandbox_process", "process", "own_process"}
#: All tests that were found, before some of them are left out.
COLLECTED = pytest.StashKey[list[pytest.Item]]()
SEVERAL_ACCOUNTS = portal.SANDBOX_CREDENTIALS_FILE.with_name("several.json")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--populations",
        type=int,
        help="of the fault suite; unset: one on SQLite, three on PostgreSQL",
    )
    parser.addoption(
        "--first-cases",
        action="store_true",
        help="of each parametrized test its first case alone",
    )
    parser.addoption(
        "--whole-product",
        action="store_true",
        help="tests/hostile: every name, text and person; unset: covering rows",
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    return Scheduling(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Iterator[None]:
    """Marks what a test's fixtures tell. What has a time limit of its own takes
    longest, and comes first: no worker waits for it."""
    config.stash[COLLECTED] = list(items)
    begun: set[str] = set()
    for item in items:
        of = item.nodeid.partition("[")[0]
        if of in begun and item.get_closest_marker("cases_of_the_wire"):
            item.add_marker("further_case")
        begun.add(of)
        fixtures = set(getattr(item, "fixturenames", ()))
        if not (fixtures & DATABASE or item.get_closest_marker("django_db")):
            item.add_marker("databaseless")
        if fixtures & OVER_HTTP:
            item.add_marker("over_http")
    yield
    if config.getoption("first_cases"):
        firsts = {item.nodeid.partition("[")[0]: item for item in reversed(items)}
        config.hook.pytest_deselected(items=[*set(items) - set(firsts.values())])
        items[:] = reversed(firsts.values())
    items.sort(key=lambda item: item.get_closest_marker("timeout") is None)


def pytest_collection_finish() -> None:
    """What was imported stays: no garbage collection need look through it again; and
    what a test leaves behind may lie for a while."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def static_files_are_found_once() -> Iterator[None]:
    """Each test client has middleware of its own, which would look for all of them."""
    found: dict[str, Any] = {}
    find = WhiteNoiseMiddleware.add_files_from_finders

    def find_once(of: WhiteNoiseMiddleware) -> None:
        if not found:
            find(of)
            found.update(of.files)
        of.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", find_once)
        yield


@pytest.fixture(autouse=True)
def own_media(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Labelled copies are waited for: a loaded machine changes no answer."""
    monkeypatch.setattr(file_responses, "PATIENCE_SECONDS", 120.0)


@pytest.fixture(scope="session", autouse=True)
def emptied_quickly() -> Iterator[None]:
    """After each test with real transactions."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            TransactionTestCase, "_fixture_teardown", lambda _: emptying.empty()
        )
        yield


@pytest.fixture(scope="session", autouse=True)
def books_are_read_quickly() -> Iterator[None]:
    with quick_books.quickened():
        yield


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """Quotes, silences and the language of another test are not this one's."""
    cache.clear()
    caches["share_limits"].clear()
    translation.activate(portal.LANGUAGE_CODE)


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
def oda(db: None) -> Any:
    return factories.oda()


@pytest.fixture
def still_clock(monkeypatch: pytest.MonkeyPatch) -> datetime.datetime:
    """Django's clock stands still: planned times are exact on a slow machine."""
    now = timezone.now()
    for model in apps.get_models():
        for field in model._meta.fields:
            if field.default is timezone.now:
                monkeypatch.setattr(field, "_get_default", lambda: now)
    monkeypatch.setattr(timezone, "now", lambda: now)
    return now


@pytest.fixture
def signed_in() -> Any:
    """``signed_in(alice)``: a test client of that person."""

    def sign_in(user: Any) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def sample() -> Callable[[str], Any]:
    """A recorded message by its name in ``tests/samples``, fresh for each call."""
    folder = BASE_DIR / "tests/samples"
    return lambda name: json.loads((folder / f"{name}.json").read_bytes())


class Sandbox:
    """The sandbox process of this test run, and its switches."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=10, trust_env=False)

    def switch(self, **switches: Any) -> None:
        self.http.post("/sandbox/switches", json=switches).raise_for_status()

    def state(self) -> dict[str, Any]:
        return dict(self.http.get("/sandbox/state").raise_for_status().json())

    def finish(self) -> None:
        """All is drawn now, and late answers go out."""
        self.http.post("/sandbox/finish", json={}).raise_for_status()

    def reset(self) -> None:
        self.http.post("/sandbox/reset", json={}).raise_for_status()


@pytest.fixture(scope="session")
def second_wujie() -> dict[str, str]:
    """Options of a second Wujie account at the sandbox, which has its own balance."""
    public, private = credentials.new_accounts()
    known = json.loads(portal.SANDBOX_CREDENTIALS_FILE.read_text())
    both = {**known, "wujie": [known["wujie"], public["wujie"]]}
    SEVERAL_ACCOUNTS.write_text(json.dumps(both))
    base_url = portal.GATEWAYS["wujie"]["base_url"]
    return {"base_url": base_url, **private["wujie"]}


@pytest.fixture(scope="session")
def sandbox_process(second_wujie: dict[str, str]) -> Iterator[Sandbox]:
    command = [sys.executable, "-m", "sandbox", "--host", "127.0.0.1"]
    command += ["--port", str(urlsplit(portal.SANDBOX_URL).port)]
    command += ["--data-dir", str(portal.DATA_DIR / "sandbox")]
    command += ["--credentials", str(SEVERAL_ACCOUNTS)]
    process = subprocess.Popen(command, cwd=BASE_DIR)
    sandbox = Sandbox(portal.SANDBOX_URL)
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
