"""Fills and measures the queue for bench/review.py: ``python -m bench.queue_rows …``.

In a portal's environment; JSON on stdout.
"""

import datetime
import json
import sys
from collections.abc import Iterator
from typing import Any

from bench import children, finished_rows

# isort: split
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Max, Model
from django.utils import timezone

from accounts.models import Membership, Team, User
from bench import crowd, queue_times
from gateways import catalogue
from generation.models import Artwork, Generation, ProviderTask
from log import chain
from log.heads import signature
from log.models import Chain, Entry
from moderation.models import Decision, Review
from spend import ledger
from spend.units import Unit

assert children  # loads Django

TEAM = "Benchmark"
#: Moderators; the last has made no decision.
PEOPLE = 33
#: Rows that the models write; all others are SQL copies.
ORIGINALS = 1000
LABELS = ("porn", "sexy", "terrorism", "politics", "prohibition")
CAUSES = ("review", "block", "no_audit")
SERIES = (
    "WITH RECURSIVE series(n) AS "
    "(SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < %s) "
)
#: Unique per copy: a UUID, 32 and 64 hexadecimal digits.
UNIQUE = {
    "sqlite": {
        "uuid": "lower(hex(randomblob(16)))",
        32: "hex(randomblob(16))",
        64: "lower(hex(randomblob(32)))",
    },
    "postgresql": {
        "uuid": "gen_random_uuid()",
        32: "upper(md5(random()::text || n))",
        64: "md5(random()::text || n) || md5(n::text || random())",
    },
}


def fill(waiting: int, decided: int) -> None:
    """Waiting and closed reviews, and the log of the closed ones.

    Closed reviews share ORIGINALS artworks.
    """
    with transaction.atomic():
        team = Team.objects.create(name=TEAM)
        asker = User.objects.create(username="asker")
        Membership.objects.create(user=asker, team=team, role="member")
        ledger.allocate(team, Unit.INTEGRAL, 10**9, by=None, reference="allocation:1")
        first, last = min(waiting, ORIGINALS), min(decided, ORIGINALS)
        finished_rows.make(team, catalogue.account("wujie"), first + last)
        people, artworks = _people(team), list(Artwork.objects.order_by("pk"))
        _waiting(asker, artworks[:first], waiting)
        if decided:
            _decided(asker, people[:-1], artworks[first:], decided)
            ends = Chain(team=team, number=decided)
            _load(Entry, ENTRY, _events(ends, people[0], artworks[first:]))
            ends.save()  # COPY occupies PostgreSQL's connection
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _people(team: Team) -> list[User]:
    people = User.objects.bulk_create(
        User(username=f"moderator-{number}") for number in range(PEOPLE)
    )
    Membership.objects.bulk_create(
        Membership(user=user, team=team, role="moderator") for user in people
    )
    return people


def _review(artwork: Artwork, asker: User, number: int, **fields: Any) -> Review:
    values: dict[str, Any] = {
        "team_id": artwork.team_id,
        "requested_by": asker,
        "cause": CAUSES[number % len(CAUSES)],
        "label": LABELS[number % len(LABELS)],
        "rate": 0.5 + number % 50 / 100,
        "harm": number % 90,
        "due_at": timezone.now() + datetime.timedelta(seconds=number * 20 - 300),
    }
    return Review(artwork=artwork, **values | fields)


def _waiting(asker: User, artworks: list[Artwork], count: int) -> None:
    labels = [{"label": "porn", "verdict": "review", "rate": 0.7, "description": ""}]
    Artwork.objects.filter(pk__in=[one.pk for one in artworks]).update(
        moderation="held", verdict="review", labels=labels
    )
    Generation.objects.filter(artworks__in=artworks).update(is_held=True)
    reviews = Review.objects.bulk_create(
        _review(artwork, asker, number) for number, artwork in enumerate(artworks)
    )
    generations, tasks, pictures = map(last_key, (Generation, ProviderTask, Artwork))
    unique, of = UNIQUE[connection.vendor], {"generation_id": f"{generations} + n"}
    own = {"submit_key": unique["uuid"], "callback_token": unique[32]}
    key, sha256 = {"key": unique[32]}, {"sha256": unique[64]}
    first = artworks[0]
    _copy(Generation, first.generation_id, count, own)
    _copy(ProviderTask, first.task_id, count, key | of)
    _copy(Artwork, first.pk, count, sha256 | of | {"task_id": f"{tasks} + n"})
    _copy(Review, reviews[0].pk, count, {"artwork_id": f"{pictures} + n"})


def _decided(
    asker: User, people: list[User], artworks: list[Artwork], count: int
) -> None:
    now = timezone.now()
    step = datetime.timedelta(days=90) / len(artworks)
    made = Decision.objects.bulk_create(
        Decision(
            artwork=artwork,
            action="reject" if number % 4 == 0 else "release",
            reason="quality" if number % 4 == 0 else "",
            decided_by=people[number % len(people)],
            decided_at=now - number * step,
        )
        for number, artwork in enumerate(artworks)
    )
    reviews = Review.objects.bulk_create(
        _review(
            decision.artwork,
            asker,
            number,
            status="closed",
            decision=decision,
            closed_at=decision.decided_at,
        )
        for number, decision in enumerate(made)
    )
    decisions = last_key(Decision)
    _copy(Decision, made[0].pk, count, {})
    _copy(Review, reviews[0].pk, count, {"decision_id": f"{decisions} + n"})


def _copy(model: type[Model], first: int, count: int, own: dict[str, str]) -> None:
    """Copy ORIGINALS rows from key ``first`` on, ``count`` in all. ``own``: columns
    with an SQL value per copy.
    """
    own = {"id": f"{last_key(model)} + n", **own}
    columns = [field.column for field in model._meta.concrete_fields]
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(own.get(column, f'o."{column}"') for column in columns)
    table = model._meta.db_table
    if count > ORIGINALS:
        with connection.cursor() as cursor:
            cursor.execute(
                f"{SERIES} INSERT INTO {table} ({names}) SELECT {values} FROM series "
                f"CROSS JOIN {table} o WHERE o.id = %s + (n - 1) %% %s",
                [count - ORIGINALS, first, ORIGINALS],
            )
            for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
                cursor.execute(statement)


def last_key(model: type[Model]) -> int:
    return model._default_manager.aggregate(last=Max("pk"))["last"] or 0


ENTRY = (
    *("team_id", "number", "at", "kind", "by_id", "artwork_id"),
    *("facts", "previous", "hash"),
)


def _events(
    ends: Chain, by: User, artworks: list[Artwork]
) -> Iterator[tuple[Any, ...]]:
    """A chain of decisions with valid hashes; sets the hash of ``ends`` after the last
    row.
    """
    team, count = ends.team, ends.number
    now, previous = timezone.now(), ""
    at, micro = connection.ops.adapt_datetimefield_value(now), chain.microseconds(now)
    for number in range(1, count + 1):
        artwork = artworks[number % len(artworks)].pk
        facts = f'{{"action":"release","decision":{number},"reason":""}}'
        content = (team.pk, number, micro, "decision", by.pk, artwork, facts)
        sealed = chain.seal(previous, *content)
        yield team.pk, number, at, "decision", by.pk, artwork, facts, previous, sealed
        previous = sealed
    ends.hash = previous
    ends.signature = signature(team.pk, count, previous)


def _load(
    model: type[Model], columns: tuple[str, ...], rows: Iterator[tuple[Any, ...]]
) -> None:
    """COPY on PostgreSQL, a prepared statement on SQLite."""
    table, names = model._meta.db_table, ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(columns))
            into = f"INSERT INTO {table} ({names}) VALUES ({marks})"
            cursor.executemany(into, rows)


COMMANDS: dict[str, Any] = {
    "fill": fill,
    "time": queue_times.times,
    "verify": queue_times.verify,
    "open": queue_times.open_desk,
    "decided": queue_times.decided,
    "crowd": lambda clients, seconds: crowd.crowd(clients, TEAM, seconds=seconds),
    "tally": crowd.tally,
}

if __name__ == "__main__":
    answer = COMMANDS[sys.argv[1]](*map(int, sys.argv[2:]))
    sys.stdout.write(json.dumps(answer) + "\n")
