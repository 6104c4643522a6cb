"""Rows of the gallery's benchmark, loaded by the hundred thousand.

Part of ``bench.gallery_rows``.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model

from generation.models.tokens import BREAK

Fact = dict[str, Any]
Columns = dict[str, Callable[[Fact], Any]]


def _same(*names: str) -> Columns:
    return {name: lambda fact, n=name: fact[n] for name in names}  # type: ignore[misc]


GENERATION: Columns = {
    **_same(
        "id", "team_id", "requested_by_id", "operation", "model", "prompt", "words"
    ),
    **_same("created_at"),
    "submit_key": lambda fact: f"{fact['number'] + 1:032x}",
    "callback_token": lambda fact: f"token-{fact['number']}",
}
TASK: Columns = {
    **_same("generation_id", "cost"),
    "id": lambda fact: fact["task_id"],
    "key": lambda fact: f"{fact['number']:032X}",
    "position": lambda fact: fact["place"],
}
ARTWORK: Columns = {
    **_same("id", "task_id", "generation_id", "team_id", "requested_by_id"),
    **_same("created_at", "width", "height", "likeness"),
    "sha256": lambda fact: f"{fact['number']:064x}",
    "first_opened_at": lambda fact: fact["opened_at"],
}
ENTRY: Columns = {
    **_same("team_id", "cost", "facets"),
    "artwork_id": lambda fact: fact["id"],
    "rating": lambda fact: fact["value"],
    "words": lambda fact: f"{fact['words']} {BREAK} wjportal {fact['id']} png",
}


def load(model: Model, own: Columns, facts: Sequence[Fact]) -> None:
    """Rows like ``model``, with columns of their own as the database has them."""
    is_new = model._state.adding
    fields = [
        each
        for each in model._meta.concrete_fields
        if each.column in own or not (each.primary_key and is_new)
    ]
    same = {
        f.column: f.get_db_prep_save(getattr(model, f.attname), connection)
        for f in fields
        if f.column not in own
    }
    columns = [each.column for each in fields]
    common = [same.get(column) for column in columns]
    varied = [(at, own[name]) for at, name in enumerate(columns) if name in own]

    def row(fact: Fact) -> list[Any]:
        values = common.copy()
        for at, of in varied:
            values[at] = of(fact)
        return values

    names = ", ".join(f'"{column}"' for column in columns)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for fact in facts:
                    copy.write_row(row(fact))
        else:
            marks = ", ".join(["%s"] * len(columns))
            into = f"INSERT INTO {table} ({names}) VALUES ({marks})"
            cursor.executemany(into, map(row, facts))
