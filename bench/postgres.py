"""A temporary PostgreSQL database: ``TEST_DATABASE_URL`` or script/with-postgres."""

import contextlib
import subprocess
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from bench import processes

#: script/with-postgres's exit code without PostgreSQL.
NO_BINARIES = 69


@contextlib.contextmanager
def database() -> Iterator[str]:
    """An empty database's URL; empty without PostgreSQL."""
    holder = subprocess.Popen(
        ["script/with-postgres", "sh", "-c", 'echo "$TEST_DATABASE_URL"; cat'],
        cwd=processes.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C must not end it before its clients
    )
    assert holder.stdout is not None
    server = holder.stdout.readline().strip()
    try:
        if server:
            with _empty(server) as url:
                yield url
        else:
            yield ""
    finally:
        holder.communicate()  # the end of its input ends it
    if holder.returncode not in (0, NO_BINARIES):
        raise RuntimeError(f"script/with-postgres ended with {holder.returncode}")


@contextlib.contextmanager
def _empty(server: str) -> Iterator[str]:
    name = f"bench_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(name)))
