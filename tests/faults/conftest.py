"""One portal for all populations, on the database under test."""

import os
import random
import shutil
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings as portal_settings
from django.db import connection

from tests.faults.portal import Portal, is_postgresql

#: How many are played where nothing else is asked for.
POPULATIONS = {"sqlite": 1, "postgresql": 3}


@pytest.fixture(scope="session")
def seed() -> int:
    """The seed of all random choices; settable, to reproduce a failure."""
    return int(os.environ.get("WJPORTAL_FAULTS_SEED") or random.randrange(10**6))


@pytest.fixture
def populations(request: pytest.FixtureRequest) -> int:
    return request.config.getoption("populations") or POPULATIONS[connection.vendor]


@pytest.fixture
def database(transactional_db: None) -> dict[str, str]:
    """Environment with the tests' database for other processes."""
    name = str(connection.settings_dict["NAME"])
    if is_postgresql():
        server = urlsplit(os.environ["TEST_DATABASE_URL"])
        return {"DATABASE_URL": urlunsplit(server._replace(path=f"/{name}"))}
    return {"FAULTS_SQLITE": name}


@pytest.fixture
def portal(
    database: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("faults")
    keys = portal_settings.SANDBOX_CREDENTIALS_FILE.parent
    (folder / "sandbox").mkdir()
    for name in ("credentials.json", "private.json"):
        shutil.copy(keys / name, folder / "sandbox")
    running = Portal(folder, database)
    try:
        yield running
    finally:
        running.stop()
        # Shown where the test failed, at whatever step.
        sys.stdout.write(running.log.read_text(errors="replace")[-20_000:])
