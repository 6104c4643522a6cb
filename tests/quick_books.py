"""`reconciliation.invariants`, quick: the statements of its checks, compiled once.

Nine tenths of a look at the books are Django composing some ninety statements, which
hardly ever find a row. A check whose statements all found nothing, and which therefore
said nothing, says nothing again as long as the same statements find nothing. They are
kept, with their moments as distances from now. As soon as one finds a row, the check
itself is asked.
"""

import datetime
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from unittest import mock

from django.conf import settings
from django.db import connection
from django.utils import timezone

from reconciliation.invariants import endings, money, origins
from spend import ledger_invariants

Check = Callable[[], Iterator[str]]
#: As SQLite's parameters write one, in UTC.
MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?")


@dataclass(frozen=True, slots=True)
class FromNow:
    distance: datetime.timedelta


@dataclass(frozen=True, slots=True)
class Statement:
    sql: str
    params: tuple[Any, ...]

    def finds_something(self, now: datetime.datetime) -> bool:
        adapt = connection.ops.adapt_datetimefield_value
        params = [
            adapt(now + each.distance) if isinstance(each, FromNow) else each
            for each in self.params
        ]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            return cursor.fetchone() is not None


class QuickCheck:
    """Stands for a check in its module."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._known: dict[str, list[Statement]] = {}
        #: Its statements find rows that are as they should be.
        self._is_slow = False

    def __call__(self) -> Iterator[str]:
        if self._is_slow:
            return self._check()
        # Which accounts there are is settings; which database, the statements' dialect.
        of = f"{connection.vendor} {settings.GATEWAYS}"
        if of in self._known and not _find(self._known[of], timezone.now()):
            return iter(())
        now, statements = timezone.now(), []

        def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            statements.append(Statement(sql, tuple(_from(now, params))))
            return execute(sql, params, many, context)

        with (
            mock.patch.object(timezone, "now", lambda: now),
            connection.execute_wrapper(note),
        ):
            said = list(self._check())
        if not said:
            self._is_slow = _find(statements, now)
            self._known[of] = statements
        return iter(said)


def _find(statements: list[Statement], now: datetime.datetime) -> bool:
    return any(statement.finds_something(now) for statement in statements)


def _from(now: datetime.datetime, params: Any) -> Iterator[Any]:
    for each in params:
        if isinstance(each, str) and MOMENT.fullmatch(each):
            moment = datetime.datetime.fromisoformat(each).replace(tzinfo=datetime.UTC)
            yield FromNow(moment - now)
        elif isinstance(each, datetime.datetime):
            yield FromNow(each - now)
        else:
            yield each


def quickened() -> ExitStack:
    """Until it is closed."""
    stack = ExitStack()
    for module in (endings, money, origins, ledger_invariants):
        for name, check in _checks(module):
            stack.enter_context(mock.patch.object(module, name, QuickCheck(check)))
    return stack


def _checks(module: ModuleType) -> Iterator[tuple[str, Check]]:
    """A sentence per row; ``broken`` calls them all."""
    for name, found in list(vars(module).items()):
        own = getattr(found, "__module__", "") == module.__name__
        if own and callable(found) and name[0] != "_" and name != "broken":
            yield name, found
