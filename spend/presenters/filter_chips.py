"""Chosen filters as chips, each with the address without it."""

from collections.abc import Iterable
from typing import NamedTuple

from django.http import QueryDict
from django.utils.functional import Promise


class Chip(NamedTuple):
    """``kind``: "operation" or "gateway", where the template has its name."""

    words: str | Promise
    href: str
    kind: str = ""


def chip(
    address: QueryDict, words: object, names: Iterable[str], kind: str = ""
) -> Chip:
    """Removes ``names`` from the address."""
    return Chip(str(words), without(address, *names), kind)


def without(address: QueryDict, *names: str) -> str:
    left = address.copy()
    for name in (*names, "before"):
        left.pop(name, None)
    return f"?{left.urlencode()}"
