"""A full-text index beside a table, kept by triggers in the transaction of its rows.

SQLite: an FTS5 table without content. FTS5 lists rows by key, so the newest come first
at no cost.

PostgreSQL: a table of ``tsvector`` with a GIN index, which has no order. So each token
names the bucket of its row's key (`BUCKET_BITS`), and buckets are asked one by one from
the newest, until enough rows are found: an empty one costs some 15 µs.

Besides words a row has *facets*, tokens that no text contains: filters meet in the
index. Those that begin with ``~`` are in no bucket; only `alike` asks for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from generation.search.question import Question, Term
from log.append_only import Trigger

BUCKET_BITS = 13
#: Beginnings of these lengths have an index of their own on SQLite.
PREFIXES = "1 2 3 4 5 6"
#: Stands for the bucket; no token contains it.
HERE = "§"


@dataclass(frozen=True, slots=True)
class Wanted:
    """``facets``: of each group, one must hold."""

    facets: Sequence[Sequence[str]] = ()
    question: Question | None = None

    @property
    def is_impossible(self) -> bool:
        nothing = self.question is not None and not self.question.terms
        return nothing or not all(self.facets)


@dataclass(frozen=True, slots=True)
class Slice:
    """Keys between two others, both left out; at most ``limit``."""

    limit: int
    below: int | None = None
    above: int | None = None
    is_oldest_first: bool = False


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """``facets``: SQL of a row's facets; ``{row}`` stands for the row."""

    name: str
    table: str
    key: str
    facets: str = field(default="{row}.facets")

    def find(self, wanted: Wanted, part: Slice) -> list[int]:
        """Keys, in order. One query."""
        if wanted.is_impossible:
            return []
        how = self._on_sqlite if connection.vendor == "sqlite" else self._on_postgresql
        statement, values = how(wanted, part)
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return [key for (key,) in cursor.fetchall()]

    def among(self, keys: Sequence[int], wanted: Wanted) -> list[int]:
        """Those of the keys that match, in their order. One query."""
        if wanted.is_impossible or not keys:
            return []
        marks = ", ".join(["%s"] * len(keys))
        if connection.vendor == "sqlite":
            statement = f"SELECT rowid FROM {self.name} WHERE {self.name} MATCH %s"
            statement += f" AND rowid IN ({marks})"
            values: list[Any] = [fts5(wanted), *keys]
        else:
            statement = f"SELECT key FROM {self.name} WHERE key IN ({marks})"
            statement += f" AND tokens @@ replace(%s, '{HERE}',"
            statement += f" (key >> {BUCKET_BITS})::text)::tsquery"
            values = [*keys, tsquery(wanted)]
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            found = {key for (key,) in cursor.fetchall()}
        return [key for key in keys if key in found]

    def alike(self, facets: Sequence[str], within: str, limit: int) -> list[int]:
        """Keys of rows with one of the facets without a bucket, the newest first.
        ``within``: a facet that all have."""
        if connection.vendor == "sqlite":
            wanted = Wanted([[within], [each.lstrip("~") for each in facets]])
            return self.find(wanted, Slice(limit))
        # One by one: of so many alternatives the planner expects most of the table.
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT key FROM unnest(%s::text[]) AS each_facet(facet)"
                f" CROSS JOIN LATERAL (SELECT key, tokens FROM {self.name}"
                " WHERE tokens @@ quote_literal(facet)::tsquery OFFSET 0) AS found"
                f" WHERE tokens @@ quote_literal((key >> {BUCKET_BITS}) || '/='"
                " || %s)::tsquery ORDER BY key DESC LIMIT %s",
                [list(facets), within, limit],
            )
            return [key for (key,) in cursor.fetchall()]

    def _on_sqlite(self, wanted: Wanted, part: Slice) -> tuple[str, list[Any]]:
        bounds, values = _bounds("rowid", part)
        order = "ASC" if part.is_oldest_first else "DESC"
        return (
            f"SELECT rowid FROM {self.name} WHERE {self.name} MATCH %s {bounds}"
            f" ORDER BY rowid {order} LIMIT %s",
            [fts5(wanted), *values, part.limit],
        )

    def _on_postgresql(self, wanted: Wanted, part: Slice) -> tuple[str, list[Any]]:
        bounds, values = _bounds("key", part)
        order = "ASC" if part.is_oldest_first else "DESC"
        ends = f"(SELECT min(key) >> {BUCKET_BITS} FROM {self.name})"
        ends += f", (SELECT max(key) >> {BUCKET_BITS} FROM {self.name})"
        low = f"greatest(low, {(part.above or 0) >> BUCKET_BITS})"
        high = "high" if part.below is None else f"least(high, %s >> {BUCKET_BITS})"
        series = (
            f"({low}, {high}, 1)" if part.is_oldest_first else f"({high}, {low}, -1)"
        )
        return (
            f"WITH ends(low, high) AS (SELECT {ends})"
            f" SELECT hit.key FROM ends, generate_series{series} AS bucket(number)"
            " CROSS JOIN LATERAL (SELECT key FROM"
            f" (SELECT key FROM {self.name} WHERE tokens @@"
            f" replace(%s, '{HERE}', bucket.number::text)::tsquery OFFSET 0) AS found"
            f" WHERE TRUE {bounds} ORDER BY key {order} LIMIT %s) AS hit LIMIT %s",
            [
                *([] if part.below is None else [part.below]),
                *(tsquery(wanted), *values, part.limit, part.limit),
            ],
        )

    # --- In a migration

    def install(self, _apps: Any, editor: Any) -> None:
        if editor.connection.vendor == "sqlite":
            editor.execute(
                f"CREATE VIRTUAL TABLE {self.name} USING fts5(words, facets,"
                f" content='', columnsize=0, tokenize='ascii', prefix='{PREFIXES}')",
                params=None,
            )
        else:
            editor.execute(
                f"CREATE TABLE {self.name} (key bigint PRIMARY KEY REFERENCES"
                f" {self.table} ON DELETE CASCADE, tokens tsvector NOT NULL)",
                params=None,
            )
            editor.execute(self.gin, params=None)
        for trigger in self.triggers:
            trigger.install(editor)

    def remove(self, _apps: Any, editor: Any) -> None:
        for trigger in self.triggers:
            trigger.remove(editor)
        editor.execute(f"DROP TABLE {self.name}", params=None)

    @property
    def gin(self) -> str:
        return (
            f"CREATE INDEX {self.name}_tokens ON {self.name} USING gin (tokens)"
            " WITH (fastupdate = off)"
        )

    @property
    def triggers(self) -> list[Trigger]:
        """A later migration that remakes the table removes and installs them."""
        new, old = self._row("NEW"), self._row("OLD")
        into = f"INSERT INTO {self.name}"
        add = f"{into}(rowid, words, facets) VALUES ({new});"
        take = f"{into}({self.name}, rowid, words, facets) VALUES ('delete', {old});"
        changed = f"({new}) IS NOT ({old})"
        vector = f"{into}(key, tokens) VALUES (NEW.{self.key}, {self.vector('NEW')})"
        vector += " ON CONFLICT (key) DO UPDATE SET tokens = excluded.tokens;"
        again = f"IF ({new}) IS DISTINCT FROM ({old}) THEN {vector} END IF;"
        done = "RETURN NULL;"
        return [
            Trigger(
                self.table,
                "searched",
                "AFTER INSERT",
                f"BEGIN {add}",
                f"{vector} {done}",
            ),
            Trigger(
                self.table,
                "searched_again",
                "AFTER UPDATE",
                f"WHEN {changed} BEGIN {take} {add}",
                f"{again} {done}",
            ),
            Trigger(self.table, "unsearched", "AFTER DELETE", f"BEGIN {take}", None),
        ]

    def _row(self, row: str) -> str:
        facets = self.facets.format(row=row)
        return f"{row}.{self.key}, {row}.words, {facets}"

    def vector(self, row: str) -> str:
        """SQL, on PostgreSQL: the row's tokens with their places."""
        here = f"({row}.{self.key} >> {BUCKET_BITS})"
        return f"""COALESCE((SELECT string_agg(token, ' ') FROM (
            SELECT {here} || '/' || word || ':' || least(place, 16000) AS token
            FROM unnest(string_to_array({row}.words, ' ')) WITH ORDINALITY
                AS each_word(word, place) WHERE word <> ''
            UNION ALL SELECT CASE WHEN facet LIKE '~%' THEN facet
                ELSE {here} || '/=' || facet END
            FROM unnest(string_to_array({self.facets.format(row=row)}, ' '))
                AS each_facet(facet) WHERE facet <> ''
        ) AS each_token)::tsvector, ''::tsvector)"""


def _bounds(column: str, part: Slice) -> tuple[str, list[int]]:
    bounds = [(part.below, f"AND {column} < %s"), (part.above, f"AND {column} > %s")]
    given = [(value, text) for value, text in bounds if value is not None]
    return " ".join(text for _, text in given), [value for value, _ in given]


def fts5(wanted: Wanted) -> str:
    """Tokens consist of letters and digits: none can end its quotes."""
    terms = wanted.question.terms if wanted.question else ()
    has = [
        "facets : (" + " OR ".join(f'"{each}"' for each in group) + ")"
        for group in wanted.facets
    ]
    has += [_phrase(term) for term in terms if not term.is_excluded]
    hasnt = [f" NOT ({_phrase(term)})" for term in terms if term.is_excluded]
    return "(" + " AND ".join(has) + ")" + "".join(hasnt)


def _phrase(term: Term) -> str:
    return f'words : "{" ".join(term.tokens)}"' + (" *" if term.is_prefix else "")


def tsquery(wanted: Wanted) -> str:
    terms = wanted.question.terms if wanted.question else ()
    parts = [
        "(" + " | ".join(f"'{HERE}/={each}'" for each in group) + ")"
        for group in wanted.facets
    ]
    for term in terms:
        phrase = " <-> ".join(f"'{HERE}/{token}'" for token in term.tokens)
        phrase += ":*" if term.is_prefix else ""
        parts.append(f"!({phrase})" if term.is_excluded else f"({phrase})")
    return " & ".join(parts)
