"""Triggers on transfers, for SQLite and PostgreSQL.

- ``change``, ``delete``: refuse to change or delete a transfer.
- ``closed``: refuses a transfer dated in a closed month of its team.
- ``sum``: adds a transfer to the daily sums (`DailySum`), in its transaction.

SQLite drops the triggers of a remade table, and cannot rename a table that another's
trigger names. So a migration that alters ``spend_transfer``, ``spend_ledgeraccount``,
``spend_dailysum`` or ``spend_closedmonth`` begins with ``RunPython(remove)`` and ends
with ``RunPython(install)``.
"""

from typing import Any

NAMES = ("change", "delete", "closed", "sum")

GRAINS = """(
    SELECT 'all' AS grain UNION ALL SELECT 'user' UNION ALL SELECT 'operation'
    UNION ALL SELECT 'model' UNION ALL SELECT 'fine'
)"""
INTO = """INSERT INTO spend_dailysum
    (account_id, grain, day, "user", operation, model, amount)"""
#: Daily-sum key of a transfer ``row_``, per grain.
KEYS = """a.id, g.grain, row_.day,
    CASE WHEN g.grain IN ('user', 'fine') THEN COALESCE(row_.user_id, 0) ELSE 0 END,
    CASE WHEN g.grain IN ('operation', 'fine') THEN row_.operation ELSE '' END,
    CASE WHEN g.grain IN ('model', 'fine') THEN row_.model ELSE '' END"""
AMOUNT = "CASE WHEN a.id = row_.destination_id THEN row_.amount ELSE -row_.amount END"
#: Grain *all* for every account, others for cost accounts.
SIDES = (
    "a.id IN (row_.source_id, row_.destination_id)"
    " AND (g.grain = 'all' OR a.kind IN ('spent', 'written_off'))"
)

#: A row per side and grain.
SUM = f"""{INTO} SELECT {KEYS}, {AMOUNT}
FROM spend_ledgeraccount a CROSS JOIN {GRAINS} g WHERE {SIDES}
ON CONFLICT (account_id, grain, day, "user", operation, model)
DO UPDATE SET amount = spend_dailysum.amount + excluded.amount;
""".replace("row_.", "NEW.")
CLOSED = """
SELECT 1 FROM spend_closedmonth
WHERE team_id = NEW.team_id AND NEW.day BETWEEN start AND "end"
"""
FINAL = "a transfer is final"
LOCKED = "the month is closed"

REFUSE = "RAISE integrity_constraint_violation USING MESSAGE ="

SQLITE = {
    "change": f"BEFORE UPDATE ON spend_transfer BEGIN SELECT RAISE(ABORT, '{FINAL}');",
    "delete": f"BEFORE DELETE ON spend_transfer BEGIN SELECT RAISE(ABORT, '{FINAL}');",
    "closed": f"BEFORE INSERT ON spend_transfer WHEN EXISTS ({CLOSED})"
    f" BEGIN SELECT RAISE(ABORT, '{LOCKED}');",
    "sum": f"AFTER INSERT ON spend_transfer BEGIN {SUM}",
}
#: Trigger → when, function body.
POSTGRESQL = {
    "change": ("BEFORE UPDATE", f"{REFUSE} '{FINAL}';"),
    "delete": ("BEFORE DELETE", f"{REFUSE} '{FINAL}';"),
    "closed": (
        "BEFORE INSERT",
        f"IF EXISTS ({CLOSED}) THEN {REFUSE} '{LOCKED}'; END IF; RETURN NEW;",
    ),
    "sum": ("AFTER INSERT", f"{SUM} RETURN NULL;"),
}


def install(_apps: Any, editor: Any) -> None:
    """May run again."""
    remove(_apps, editor)
    for name in NAMES:
        full = f"spend_transfer_{name}"
        if editor.connection.vendor == "sqlite":
            editor.execute(f"CREATE TRIGGER {full} {SQLITE[name]} END", params=None)
            continue
        when, body = POSTGRESQL[name]
        editor.execute(
            f"CREATE FUNCTION {full}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {body} END $$",
            params=None,
        )
        editor.execute(
            f"CREATE TRIGGER {full} {when} ON spend_transfer"
            f" FOR EACH ROW EXECUTE FUNCTION {full}()",
            params=None,
        )


def remove(_apps: Any, editor: Any) -> None:
    for name in NAMES:
        full = f"spend_transfer_{name}"
        if editor.connection.vendor == "sqlite":
            editor.execute(f"DROP TRIGGER IF EXISTS {full}", params=None)
        else:
            editor.execute(
                f"DROP TRIGGER IF EXISTS {full} ON spend_transfer", params=None
            )
            editor.execute(f"DROP FUNCTION IF EXISTS {full}()", params=None)
