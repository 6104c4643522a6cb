"""The database itself refuses to change what is append-only, and a guard that somebody
took away is named."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction

from accounts.models import User
from log import append_only
from log.models import RowIsFinal
from reconciliation import invariants
from tests.factories import PlainEditor
from tests.tampering import execute, guards, settle

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

TABLES = {
    "log_change",
    *("labels_agreement", "labels_export", "labels_label"),
    *("gateways_accountchange", "log_entry", "moderation_decision"),
    *("moderation_leaseevent", "moderation_reveal", "reconciliation_differencestep"),
    *("spend_closedmonth", "spend_transfer"),
}


def content(model: type[models.Model]) -> list[tuple[object, ...]]:
    found = list(model._base_manager.order_by("pk").values_list())
    assert found, model
    return found


def refuses(model: type[models.Model], statement: str) -> None:
    before = content(model)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        execute(statement)
    assert content(model) == before


def replacement(model: type[models.Model], identity: str) -> str:
    columns = [f'"{each.column}"' for each in model._meta.concrete_fields]
    names, table = ", ".join(columns), model._meta.db_table
    values = ", ".join([identity, *columns[1:]])
    return f"INSERT OR REPLACE INTO {table} ({names}) SELECT {values} FROM {table}"


def test_each_table_is_known(db: None) -> None:
    assert {model._meta.db_table for model in append_only.guarded()} == TABLES


def test_no_row_is_changed_or_removed(everything: User) -> None:
    for model in append_only.guarded():
        table = model._meta.db_table
        refuses(model, f"UPDATE {table} SET id = id")
        refuses(model, f"DELETE FROM {table}")


def test_no_row_is_replaced_and_no_table_emptied(everything: User) -> None:
    settle()
    for model in append_only.guarded():
        if connection.vendor == "postgresql":
            refuses(model, f"TRUNCATE {model._meta.db_table} CASCADE")
            continue
        refuses(model, replacement(model, '"id"'))
        has_key = any(
            isinstance(each, models.UniqueConstraint)
            for each in model._meta.constraints
        )
        if has_key:
            refuses(model, replacement(model, '"id" + 1000'))
            refuses(model, replacement(model, "NULL"))


def test_an_upsert_changes_nothing(everything: User) -> None:
    for model in append_only.guarded():
        columns = ", ".join(f'"{f.column}"' for f in model._meta.concrete_fields)
        table = model._meta.db_table
        refuses(
            model,
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE true"
            " ON CONFLICT (id) DO UPDATE SET id = excluded.id",
        )


def test_python_refuses_too(everything: User) -> None:
    for model in append_only.guarded():
        row = model._default_manager.first()
        assert row is not None
        for change in (
            row.save,
            row.delete,
            model._default_manager.all().delete,
            lambda model=model: model._default_manager.update(pk=1),
        ):
            with pytest.raises(RowIsFinal):
                change()


# --- What is left of the guards


def test_all_guards_stand(db: None) -> None:
    assert list(append_only.broken(guards())) == []


def test_a_guard_that_was_removed_is_named(
    db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    for guard in guards():
        if guard.on(connection.vendor):
            guard.remove(PlainEditor)
            named = f"the database no longer guards {guard.table}: {guard.name}"
            assert named in list(append_only.broken(guards()))
            guard.install(PlainEditor)
    guard.remove(PlainEditor)
    assert named in list(invariants.broken())
    guards()[0].remove(PlainEditor)
    for command in ("verify_log", "check_books"):
        with pytest.raises(SystemExit):
            call_command(command)
        assert "the database no longer guards" in capsys.readouterr().out


NAME = "spend_transfer_delete"
POSTGRESQL = {
    "disabled": [f"ALTER TABLE spend_transfer DISABLE TRIGGER {NAME}"],
    "for replicas": [f"ALTER TABLE spend_transfer ENABLE REPLICA TRIGGER {NAME}"],
    "emptied": [
        f"CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RETURN OLD; END $$"
    ],
    "never": [
        f"DROP TRIGGER {NAME} ON spend_transfer",
        f"CREATE TRIGGER {NAME} BEFORE DELETE ON spend_transfer FOR EACH ROW"
        f" WHEN (false) EXECUTE FUNCTION {NAME}()",
    ],
}
SQLITE = {
    "emptied": [
        f"DROP TRIGGER {NAME}",
        f"CREATE TRIGGER {NAME} BEFORE DELETE ON spend_transfer BEGIN SELECT 1; END",
    ],
    "elsewhere": [
        f"DROP TRIGGER {NAME}",
        f"CREATE TRIGGER {NAME} BEFORE DELETE ON spend_rate BEGIN"
        " SELECT RAISE(ABORT, 'spend_transfer is append-only'); END",
    ],
}


ALTERED = POSTGRESQL if connection.vendor == "postgresql" else SQLITE


@pytest.mark.parametrize("change", ALTERED)
def test_a_guard_that_was_altered_is_named(db: None, change: str) -> None:
    for statement in ALTERED[change]:
        execute(statement)
    assert list(append_only.broken()) == [
        "the database no longer guards spend_transfer: delete"
    ]
