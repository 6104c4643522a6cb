"""Empties the database after a test with real transactions: of the tables, those with
rows. (Django's own way empties every one, and makes all permissions anew.)

The database refuses to delete what is final: its triggers stand aside just then.
"""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from django.db import OperationalError, connection, transaction

#: What the migrations put there, the same for all tests.
KEPT = {"django_content_type", "auth_permission"}


def empty() -> None:
    for left in reversed(range(5)):
        try:
            return delete_all()
        except OperationalError:  # a browser's last request held a lock
            if not left:
                raise
            time.sleep(0.3)


def delete_all() -> None:
    is_postgresql = connection.vendor == "postgresql"
    names = sorted(set(connection.introspection.django_table_names()) - KEPT)
    tables = {name: connection.ops.quote_name(name) for name in names}
    with transaction.atomic(), connection.cursor() as cursor:
        if is_postgresql:  # wait for whoever still writes; on SQLite nobody does
            each = ", ".join(tables.values())
            cursor.execute(f"LOCK TABLE {each} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {table})"
                for name, table in tables.items()
            )
        )
        filled = [name for (name,) in cursor.fetchall()]
        unguarded = on_postgresql if is_postgresql else on_sqlite
        with unguarded(cursor, filled):
            for name in filled:
                cursor.execute(f"DELETE FROM {tables[name]}")


@contextlib.contextmanager
def on_sqlite(cursor: Any, filled: list[str]) -> Iterator[None]:
    cursor.execute(
        "SELECT name, tbl_name, sql FROM sqlite_master"
        " WHERE type = 'trigger' AND sql LIKE '%BEFORE DELETE%'"
    )
    guards = [
        (name, text) for name, table, text in cursor.fetchall() if table in filled
    ]
    for name, _ in guards:
        cursor.execute(f"DROP TRIGGER {name}")
    yield
    for _, text in guards:
        cursor.execute(text)


@contextlib.contextmanager
def on_postgresql(cursor: Any, filled: list[str]) -> Iterator[None]:
    cursor.execute(
        "SELECT DISTINCT relname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid"
        " WHERE NOT tgisinternal"
    )
    guarded = [name for (name,) in cursor.fetchall() if name in filled]
    for name in guarded:
        cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
    yield
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # before a table may be altered
    for name in guarded:
        cursor.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")
