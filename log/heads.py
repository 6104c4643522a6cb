"""Signs the end of each chain, and keeps the ends outside the database.

A chain cut at its end agrees with itself as soon as its `Chain` row is reset. The
signature, under the secret key, which the database does not hold, shows a reset. An
older end has a valid signature, too: so the latest ends are also kept in a file of the
data dir (`keep`, every five minutes), and a chain that ends before one was cut.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import Path

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from log.models import Chain, Entry

SALT = "log.heads"


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a team's chain at some time."""

    team: int
    number: int
    hash: str
    signature: str

    @property
    def is_signed(self) -> bool:
        expected = signature(self.team, self.number, self.hash)
        return constant_time_compare(self.signature, expected)


def signature(team: int, number: int, last: str) -> str:
    """HMAC-SHA256 in hex. ``last``: hash of the last entry."""
    text = json.dumps([team, number, last])
    return salted_hmac(SALT, text, algorithm="sha256").hexdigest()


def head_of(chain: Chain) -> Head:
    return Head(chain.team_id, chain.number, chain.hash, chain.signature)


def path() -> Path:
    return Path(settings.DATA_DIR) / "log_heads.json"


def kept() -> list[Head]:
    """Raises ValueError for a file that is none of ours."""
    try:
        rows = json.loads(path().read_text(encoding="utf-8"))
        return [Head(int(team), int(number), *rest) for team, number, *rest in rows]
    except FileNotFoundError:
        return []
    except TypeError as error:
        raise ValueError(str(error)) from error


def keep() -> None:
    """A later end takes a kept one's place if the chain goes through that: a cut chain
    stays found when it has grown again."""
    latest = {head.team: head for head in kept()}
    for head in map(head_of, Chain.objects.order_by("team")):
        known = latest.get(head.team)
        if head.is_signed and (known is None or _follows(head, known)):
            latest[head.team] = head
    _write(latest.values())


def _follows(head: Head, known: Head) -> bool:
    rows = Entry.objects.filter(team=known.team, number=known.number, hash=known.hash)
    return head.number > known.number and rows.exists()


def accept() -> None:
    """Sign the ends anew and keep no others: after the secret key was changed or a
    backup restored. Verify the chains first."""
    rows = list(Chain.objects.order_by("team"))
    for row in rows:
        row.signature = signature(row.team_id, row.number, row.hash)
        Chain.objects.filter(team=row.team_id, number=row.number, hash=row.hash).update(
            signature=row.signature
        )
    _write(map(head_of, rows))


def _write(heads: Iterable[Head]) -> None:
    """Atomic; readable by the owner only."""
    scratch = path().with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(scratch, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
        json.dump([astuple(head) for head in heads], file)
    scratch.replace(path())
