"""Triggers on transfers beside those of every append-only table (`log.append_only`).

- ``closed``: refuses a transfer dated in a closed month of its team.
- ``sum``: adds a transfer to the daily sums (`DailySum`), in its transaction.

SQLite drops the triggers of a remade table, and cannot rename a table that another's
trigger names. So a migration that alters ``spend_transfer``, ``spend_ledgeraccount``,
``spend_dailysum`` or ``spend_closedmonth`` begins with ``RunPython(remove)`` and ends
with ``RunPython(install)``.
"""

from typing import Any

from log.append_only import REFUSE, Trigger

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
LOCKED = "the month is closed"

TRIGGERS = (
    Trigger(
        "spend_transfer",
        "closed",
        "BEFORE INSERT",
        f"WHEN EXISTS ({CLOSED}) BEGIN SELECT RAISE(ABORT, '{LOCKED}');",
        f"IF EXISTS ({CLOSED}) THEN {REFUSE} '{LOCKED}'; END IF; RETURN NEW;",
    ),
    Trigger(
        "spend_transfer", "sum", "AFTER INSERT", f"BEGIN {SUM}", f"{SUM} RETURN NULL;"
    ),
)


def install(_apps: Any, editor: Any) -> None:
    """May run again."""
    for trigger in TRIGGERS:
        trigger.install(editor)


def remove(_apps: Any, editor: Any) -> None:
    for trigger in TRIGGERS:
        trigger.remove(editor)
