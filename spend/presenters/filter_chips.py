"""Chosen filters as chips, each with the address without it."""

from collections.abc import Iterable
from typing import NamedTuple

from django.http import QueryDict
from django.utils.functional import Promise

from spend.query import SpendQuery


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


def chips_of(address: QueryDict, query: SpendQuery) -> list[Chip]:
    """Team, person, operation and model that were chosen."""
    filters, found = query.filters, []
    if query.is_other_team:
        found.append(chip(address, query.team, ["team"]))
    if "user" in filters:
        found.append(chip(address, query.person, ["user"]))
    if "operation" in filters:
        slug = filters["operation"]
        found.append(chip(address, slug, ["operation"], kind="operation"))
    if "model" in filters:
        found.append(chip(address, query.model, ["model"]))
    return found
