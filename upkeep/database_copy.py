"""One consistent copy of the database in a file, and back into an empty one.

SQLite by its backup interface, PostgreSQL by ``pg_dump`` and ``pg_restore``. Both read
one moment, and the portal goes on writing.
"""

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from django.db import connection
from psycopg.conninfo import make_conninfo

#: Vendor → name of the file.
FILES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}


class NotCopied(Exception):
    """With what the database or its programs say."""


def file_name() -> str:
    return FILES[connection.vendor]


def is_empty() -> bool:
    return not connection.introspection.table_names()


def dump(file: Path) -> None:
    """Raises NotCopied."""
    if connection.vendor == "postgresql":
        _run("pg_dump", "--format=custom", "--no-owner", f"--file={file}")
        return
    connection.ensure_connection()
    with closing(sqlite3.connect(file)) as copy:
        connection.connection.backup(copy)


def load(file: Path) -> None:
    """Into an empty database. Raises NotCopied."""
    if connection.vendor == "postgresql":
        options = ("--no-owner", "--exit-on-error", "--single-transaction")
        _run("pg_restore", *options, str(file))
        return
    connection.ensure_connection()
    with closing(_unchanged(file)) as copy:
        copy.backup(connection.connection)


def problems(file: Path) -> list[str]:
    """Of the copy by itself; it needs no database."""
    if file.name == FILES["postgresql"]:
        try:
            _pg("pg_restore", "--list", str(file), environment={})
        except NotCopied as error:
            return [str(error)]
        return []
    try:
        with closing(_unchanged(file)) as copy:
            rows = copy.execute("PRAGMA integrity_check").fetchall()
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [text for (text,) in rows if text != "ok"]


def _unchanged(file: Path) -> sqlite3.Connection:
    """Nobody writes to a copy, and its disk may be read-only: without WAL and locks."""
    address = f"{file.resolve().as_uri()}?mode=ro&immutable=1"
    return sqlite3.connect(address, uri=True)


def _run(program: str, *arguments: str) -> None:
    """With the database of the settings; its password stands in no argument."""
    values = {
        name: value
        for name, value in connection.get_connection_params().items()
        if name in _LIBPQ and value
    }
    password = values.pop("password", "")
    environment = {"PGPASSWORD": password} if password else {}
    info = f"--dbname={make_conninfo(**values)}"
    _pg(program, info, *arguments, environment=environment)


def _pg(program: str, *arguments: str, environment: dict[str, str]) -> None:
    try:
        subprocess.run(
            [program, *arguments],
            env={**os.environ, **environment},
            check=True,
            capture_output=True,
            text=True,
        )
    except FileNotFoundError as error:
        message = f"{program} is not installed: it comes with PostgreSQL's client"
        raise NotCopied(message) from error
    except subprocess.CalledProcessError as error:
        raise NotCopied(error.stderr.strip() or f"{program} failed") from error


#: What libpq knows of Django's parameters for a connection.
_LIBPQ = {
    *("dbname", "user", "password", "host", "port"),
    *("sslmode", "sslrootcert", "sslcert", "sslkey", "service", "passfile"),
}
