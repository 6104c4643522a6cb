"""Triggers that make tables append-only, and what is left of them.

For each subclass of `AppendOnly`, on SQLite and PostgreSQL: UPDATE and DELETE are
refused; on SQLite also INSERT OR REPLACE of an existing key, which deletes a row
without the delete trigger; on PostgreSQL also TRUNCATE. A migration installs them with
``guard``. SQLite loses the triggers of a table that a migration remakes: such a
migration ends with ``guard`` again, and ``broken`` names what is missing or altered.
"""

import datetime
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps as installed
from django.db import connection, models
from django.db.migrations import RunPython

from log.models import AppendOnly

#: PostgreSQL's ``tgtype``: bits of row level and moment, then of the event.
ROW, BEFORE = 1, 2
EVENTS = {"INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}
REFUSE = "RAISE integrity_constraint_violation USING MESSAGE ="


@dataclass(frozen=True, slots=True)
class Trigger:
    """``moment``: "BEFORE UPDATE". ``sqlite``: from WHEN or BEGIN to the last
    statement; ``postgresql``: the function's body. None: not on that database."""

    table: str
    name: str
    moment: str
    sqlite: str | None
    postgresql: str | None

    @property
    def full_name(self) -> str:
        return f"{self.table}_{self.name}"

    def on(self, vendor: str) -> bool:
        return (self.sqlite if vendor == "sqlite" else self.postgresql) is not None

    @property
    def sqlite_statement(self) -> str:
        return (
            f"CREATE TRIGGER {self.full_name} {self.moment} ON {self.table}"
            f" {self.sqlite} END"
        )

    @property
    def function(self) -> str:
        return f" BEGIN {self.postgresql} END "

    @property
    def tgtype(self) -> int:
        before, event = self.moment.split()
        level = 0 if event == "TRUNCATE" else ROW
        return EVENTS[event] | level | (BEFORE if before == "BEFORE" else 0)

    def install(self, editor: Any) -> None:
        """May run again."""
        self.remove(editor)
        if not self.on(editor.connection.vendor):
            return
        if editor.connection.vendor == "sqlite":
            editor.execute(self.sqlite_statement, params=None)
            return
        level = "ROW" if self.tgtype & ROW else "STATEMENT"
        editor.execute(
            f"CREATE FUNCTION {self.full_name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $${self.function}$$",
            params=None,
        )
        editor.execute(
            f"CREATE TRIGGER {self.full_name} {self.moment} ON {self.table}"
            f" FOR EACH {level} EXECUTE FUNCTION {self.full_name}()",
            params=None,
        )

    def remove(self, editor: Any) -> None:
        drop = f"DROP TRIGGER IF EXISTS {self.full_name}"
        if editor.connection.vendor == "sqlite":
            editor.execute(drop, params=None)
        else:
            editor.execute(f"{drop} ON {self.table}", params=None)
            editor.execute(f"DROP FUNCTION IF EXISTS {self.full_name}()", params=None)


def triggers(model: type[models.Model]) -> list[Trigger]:
    table = model._meta.db_table
    fault = f"'{table} is append-only'"
    sqlite, postgresql = f"BEGIN SELECT RAISE(ABORT, {fault});", f"{REFUSE} {fault};"
    taken = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {_same_key(model)}) {sqlite}"
    return [
        Trigger(table, "change", "BEFORE UPDATE", sqlite, postgresql),
        Trigger(table, "delete", "BEFORE DELETE", sqlite, postgresql),
        Trigger(table, "replace", "BEFORE INSERT", taken, None),
        Trigger(table, "truncate", "BEFORE TRUNCATE", None, postgresql),
    ]


def _same_key(model: type[models.Model]) -> str:
    """Of each key whose row INSERT OR REPLACE would delete."""
    meta = model._meta
    keys = [[field.column] for field in meta.concrete_fields if field.unique]
    for constraint in meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            assert not constraint.condition, f"{constraint.name} has a condition"
            columns = [meta.get_field(name) for name in constraint.fields]
            keys.append([str(getattr(field, "column", "")) for field in columns])
    return " OR ".join(
        "(" + " AND ".join(f'"{each}" = NEW."{each}"' for each in key) + ")"
        for key in keys
    )


def guard(*labels: str) -> RunPython:
    """The operation of a migration. ``labels``: ``spend.Transfer``."""

    def install(apps: Any, editor: Any) -> None:
        for trigger in of_models(apps.get_model(label) for label in labels):
            trigger.install(editor)

    def remove(apps: Any, editor: Any) -> None:
        for trigger in of_models(apps.get_model(label) for label in labels):
            trigger.remove(editor)

    return RunPython(install, remove)


def of_models(found: Iterable[type[models.Model]]) -> list[Trigger]:
    return [trigger for model in found for trigger in triggers(model)]


# --- Finding what was removed


def guarded() -> list[type[AppendOnly]]:
    return [model for model in installed.get_models() if issubclass(model, AppendOnly)]


def broken(expected: Iterable[Trigger] | None = None) -> Iterator[str]:
    """A sentence per trigger that is missing, disabled or altered. By default of all
    append-only tables."""
    vendor = connection.vendor
    there = _on_sqlite() if vendor == "sqlite" else _on_postgresql()
    for trigger in of_models(guarded()) if expected is None else expected:
        if trigger.on(vendor):
            wanted: Any = trigger.sqlite_statement
            if vendor == "postgresql":
                wanted = (trigger.tgtype, trigger.function)
            if there.get((trigger.table, trigger.full_name)) != wanted:
                yield f"the database no longer guards {trigger.table}: {trigger.name}"


def _on_sqlite() -> dict[tuple[str, str], Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'"
        )
        return {(table, name): sql for table, name, sql in cursor.fetchall()}


def _on_postgresql() -> dict[tuple[str, str], Any]:
    """Those without a condition that fire in every session."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, t.tgname, t.tgtype, p.prosrc FROM pg_trigger t"
            " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
            " AND t.tgqual IS NULL AND t.tgattr = ''"
            " AND c.relnamespace = current_schema()::regnamespace"
        )
        return {
            (table, name): (tgtype, body)
            for table, name, tgtype, body in cursor.fetchall()
        }


# --- What a row holds


def digest(row: models.Model) -> str:
    """SHA-256 in hex over a JSON object of the columns; the same on both databases."""
    fields = row._meta.concrete_fields
    content = {str(each.column): _plain(getattr(row, each.attname)) for each in fields}
    text = json.dumps(content, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _plain(value: Any) -> Any:
    """Times in UTC: databases give them back in other zones."""
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, datetime.date) else value
