"""What pages call the fields of a gateway's answers, and how values are read.

A provider's `Vocabulary` names the fields of ``Provider.describe``. A presenter writes
each `Value` in the reader's language and time zone. An empty value has no line.
"""

import datetime
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from gateways.providers.base import JSON, Audit, Text
from gateways.providers.reading import text


@dataclass(frozen=True, slots=True)
class Address:
    """Pages show its host alone."""

    url: str


Value = str | Address | datetime.datetime | tuple[str, ...] | None


def plain(value: JSON) -> str:
    """Of a scalar; "" for anything else."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, float):
        return f"{value:g}"
    return text(value)


def address(value: JSON) -> Address | None:
    written = text(value)
    return Address(written) if written else None


def several(value: JSON) -> tuple[str, ...]:
    """A scalar is a list of one."""
    entries = value if isinstance(value, list) else [value]
    return tuple(filter(None, map(plain, entries)))


def one_of(words: Mapping[str, Text]) -> Callable[[JSON], str]:
    """An unknown value stands for itself."""
    return lambda value: str(words.get(text(value), text(value)))


@dataclass(frozen=True, slots=True)
class Field:
    """``read``: the wire's value → what to show."""

    label: Text
    read: Callable[[JSON], Value] = plain


def _no_audit(said: Mapping[str, JSON]) -> Audit | None:
    return None


def _no_facts(said: Mapping[str, JSON]) -> Mapping[str, JSON]:
    return {}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """``fields``: of ``Provider.describe``; ``parameters``: of ``Recaller.recall``.

    Both by wire name, in page order; undocumented names stand for themselves.
    """

    gateway: Text
    fields: Mapping[str, Field] = field(default_factory=dict)
    parameters: Mapping[str, Field] = field(default_factory=dict)
    #: Name in ``recall`` → name in an order.
    synonyms: Mapping[str, str] = field(default_factory=dict)
    #: Of ``fields``: for admins, not for who asked.
    technical: Collection[str] = ()
    #: Nested: shown with their own names, to the bottom.
    nested: tuple[str, ...] = ()
    #: The audit in ``describe``, and what it says beside its labels.
    audit: Callable[[Mapping[str, JSON]], Audit | None] = _no_audit
    audit_facts: Callable[[Mapping[str, JSON]], Mapping[str, JSON]] = _no_facts
    #: `Fault` → a sentence in place of the general one.
    faults: Mapping[str, Text] = field(default_factory=dict)
