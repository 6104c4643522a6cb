"""The gateway's answer about a task, for people to read.

The provider's vocabulary names fields and reads values. Empty values have no line.
"""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from gateways.providers.base import JSON, Audit
from gateways.providers.task_fields import Address, Field, Value, Vocabulary, plain
from spend.templatetags.formats import evidence


@dataclass(frozen=True, slots=True)
class Told:
    """``lines``: label and value. ``technical``: those for admins. ``fine``: those of
    expert settings.

    ``about_audit``: what the audit says beside its labels.
    """

    lines: list[tuple[str, str]]
    technical: list[tuple[str, str]]
    fine: list[tuple[str, str]]
    audit: Audit | None
    about_audit: list[tuple[str, str]]


def read(said: Mapping[str, JSON], vocabulary: Vocabulary) -> Told:
    is_technical = vocabulary.technical
    fields = {n: f for n, f in vocabulary.fields.items() if n not in is_technical}
    technical = {n: f for n, f in vocabulary.fields.items() if n in is_technical}
    facts = vocabulary.audit_facts(said).items()
    return Told(
        lines=list(_lines(said, fields)),
        technical=list(_lines(said, technical)),
        fine=[
            leaf for name in vocabulary.nested for leaf in _flat(name, said.get(name))
        ],
        audit=vocabulary.audit(said),
        about_audit=[(name, evidence(plain(value))) for name, value in facts],
    )


def _lines(
    said: Mapping[str, JSON], fields: Mapping[str, Field]
) -> Iterator[tuple[str, str]]:
    for name, field in fields.items():
        if value := _written(field.read(said.get(name))):
            yield str(field.label), value


def parameters(
    said: Mapping[str, JSON], vocabulary: Vocabulary
) -> Iterator[tuple[str, str, str]]:
    """Wire name, label and value, in the order of the answer. Unlabelled names stand
    for themselves, nested values flattened."""
    for name, value in said.items():
        field = vocabulary.parameters.get(vocabulary.synonyms.get(name, name))
        if field is None:
            yield from ((path, path, leaf) for path, leaf in _flat(name, value))
        elif written := _written(field.read(value)):
            yield name, str(field.label), written


def _flat(path: str, value: JSON) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _flat(f"{path}.{name}", member)
    elif isinstance(value, list):
        for number, member in enumerate(value, 1):
            yield from _flat(f"{path} {number}", member)
    elif value not in (None, ""):
        yield path, evidence(plain(value))


def _written(value: Value) -> str:
    """Only the host of an address, in texts too: the portal alone fetches what lies
    there."""
    if isinstance(value, Address):
        return evidence(value.url)
    if isinstance(value, datetime.datetime):
        return date_format(timezone.localtime(value), "Y-m-d H:i:s")
    if isinstance(value, tuple):
        return _(", ").join(filter(None, value))
    return evidence(value or "")
