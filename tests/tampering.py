"""Changes rows past the database's triggers, as its owner could."""

import contextlib
from collections.abc import Iterator
from typing import Any

from django.db import connection

from log import append_only
from spend import triggers
from tests.factories import PlainEditor


def execute(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def guards() -> list[append_only.Trigger]:
    return [*append_only.of_models(append_only.guarded()), *triggers.TRIGGERS]


def tamper(*statements: str) -> None:
    with unguarded():
        for statement in statements:
            execute(statement)


@contextlib.contextmanager
def unguarded() -> Iterator[None]:
    """The guards stand as before afterwards."""
    settle()
    for guard in guards():
        guard.remove(PlainEditor)
    yield
    settle()
    for guard in guards():
        guard.install(PlainEditor)


def settle() -> None:
    """PostgreSQL alters no table with pending checks."""
    if connection.vendor == "postgresql":
        execute("SET CONSTRAINTS ALL IMMEDIATE")
