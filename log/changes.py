"""Records who changed what about people, limits, rules and accounts.

One row a change, in the transaction of the change itself. What is done to pictures and
money stands in the chained log and in the ledger.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import models, transaction

from log.models import Change

Kind = Change.Kind
#: The note of a change by a command of `manage.py`, where there is no other note.
COMMAND_LINE = "command line"
_is_command: ContextVar[bool] = ContextVar("is_command", default=False)


@contextmanager
def command_line() -> Iterator[None]:
    """A person at the command line does what is done here."""
    token = _is_command.set(True)
    try:
        yield
    finally:
        _is_command.reset(token)


def record(
    kind: str,
    about: str = "",
    *,
    by: models.Model | None,
    team: models.Model | None = None,
    before: object = "",
    after: object = "",
    note: str = "",
) -> None:
    """Call in the transaction of the change.

    ``about``: the user name of the person, or the name of the thing. ``before`` and
    ``after``: codes and numbers, which pages put into words; equal ones are no change.
    ``by`` None: the command line (`command_line`), or the portal itself. ``team`` None:
    the installation. Longer texts are cut to what a column holds.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("a change needs a transaction")
    texts = [_text(before), _text(after)]
    if texts[0] == texts[1] != "":
        return
    Change.objects.create(
        team_id=team.pk if team else None,
        kind=str(kind),
        about=_text(about),
        before=texts[0],
        after=texts[1],
        note=_text(note or (COMMAND_LINE if by is None and _is_command.get() else "")),
        by_id=by.pk if by else None,
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)[: Change.TEXT_CHARACTERS]
