"""The sandbox's SQLite file: jobs and switches survive a restart.

A job is written before its submit is answered: ``kill -9`` loses nothing. Commits are
not synced to disk: a machine crash may lose jobs.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.jobs import Job

_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL, content TEXT NOT NULL,
    place INTEGER NOT NULL, start REAL NOT NULL, "end" REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS switches (
    id INTEGER PRIMARY KEY CHECK (id = 1), content TEXT NOT NULL
);
"""
# Own columns: a moved line does not rewrite its jobs.
_MOVING = ("place", "start", "end")
_NOT_STORED = (*_MOVING, "counted")


class Store:
    """Not thread-safe: ``Book`` calls it under its lock."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._db.executescript(_SCHEMA)

    def jobs(self) -> Iterator[dict[str, Any]]:
        rows = self._db.execute(
            'SELECT content, place, start, "end" FROM jobs ORDER BY id'
        )
        for content, place, start, end in rows:
            yield {**json.loads(content), "place": place, "start": start, "end": end}

    def save(self, jobs: Iterable["Job"]) -> None:
        with self._db:
            self._db.executemany(
                'INSERT INTO jobs (key, content, place, start, "end")'
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET"
                " content = excluded.content",
                [(j.key, _content(j), j.place, j.start, j.end) for j in jobs],
            )

    def save_moves(self, jobs: Iterable["Job"]) -> None:
        with self._db:
            self._db.executemany(
                'UPDATE jobs SET place = ?, start = ?, "end" = ? WHERE key = ?',
                [(j.place, j.start, j.end, j.key) for j in jobs],
            )

    def switches(self) -> dict[str, Any]:
        row = self._db.execute("SELECT content FROM switches").fetchone()
        return json.loads(row[0]) if row else {}

    def save_switches(self, switches: dict[str, Any]) -> None:
        with self._db:
            self._db.execute(
                "INSERT OR REPLACE INTO switches VALUES (1, ?)", [json.dumps(switches)]
            )

    def clear(self) -> None:
        with self._db:
            self._db.execute("DELETE FROM jobs")
            self._db.execute("DELETE FROM switches")

    def close(self) -> None:
        self._db.close()


def _content(job: "Job") -> str:
    fields = job.__dataclass_fields__
    return json.dumps(
        {name: getattr(job, name) for name in fields if name not in _NOT_STORED},
        ensure_ascii=False,
    )
