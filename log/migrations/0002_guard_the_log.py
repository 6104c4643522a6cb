"""Triggers: the database refuses to change or remove an entry of the log.

SQLite remakes a table for most changes of a column, and the new table has no triggers:
a later migration that changes ``Entry`` ends with ``guard`` again. ``verify_log``
reports missing triggers.
"""

from django.db import migrations

REFUSE = "SELECT RAISE(ABORT, 'the log is append-only');"
TABLE = "log_entry"
GUARD = {
    "sqlite": [
        f"CREATE TRIGGER {TABLE}_no_update BEFORE UPDATE ON {TABLE} BEGIN {REFUSE} END",
        f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} BEGIN {REFUSE} END",
        # INSERT OR REPLACE removes a row without firing the delete trigger.
        f"CREATE TRIGGER {TABLE}_no_replace BEFORE INSERT ON {TABLE} "
        f"WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id "
        f"OR (team_id = NEW.team_id AND number = NEW.number)) BEGIN {REFUSE} END",
    ],
    "postgresql": [
        f"CREATE FUNCTION {TABLE}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the log is append-only'; END $$",
        f"CREATE TRIGGER {TABLE}_no_change BEFORE UPDATE OR DELETE ON {TABLE} "
        f"FOR EACH ROW EXECUTE FUNCTION {TABLE}_refuse()",
        f"CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {TABLE}_refuse()",
    ],
}
UNGUARD = {
    "sqlite": [
        f"DROP TRIGGER {TABLE}_no_update",
        f"DROP TRIGGER {TABLE}_no_delete",
        f"DROP TRIGGER {TABLE}_no_replace",
    ],
    "postgresql": [
        f"DROP TRIGGER {TABLE}_no_truncate ON {TABLE}",
        f"DROP TRIGGER {TABLE}_no_change ON {TABLE}",
        f"DROP FUNCTION {TABLE}_refuse()",
    ],
}


def guard(apps, schema_editor):
    for statement in GUARD[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def unguard(apps, schema_editor):
    for statement in UNGUARD[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [("log", "0001_initial")]

    operations = [migrations.RunPython(guard, unguard)]
