"""Reads a gateway's JSON without trusting its types; values fit the database.

Nothing raises: missing or unreadable is ``None``, ``""`` or empty. Gateways send
numbers as strings, strings as numbers and null for anything (contract wujie §14).
"""

import json
import math
from collections.abc import Mapping

from gateways.providers.base import JSON

#: Longer texts are cut; the contract's are far shorter.
TEXT_CHARS = 4000
CODE_CHARS = 40
KEY_CHARS = 100
#: Longer ones are cut.
RAW_CHARS = 20_000
#: The database's integer.
INTEGER_MAX = 2**31 - 1


def parse(source: str | bytes) -> JSON:
    """Storable values; None where it is not JSON."""
    try:
        return _storable(json.loads(source))
    except (ValueError, RecursionError):  # also: not UTF-8, a number too long
        return None


def _storable(value: JSON) -> JSON:
    """PostgreSQL refuses NUL, lone surrogates, NaN and infinities."""
    if isinstance(value, str):
        return value.replace("\0", "").encode(errors="replace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    return value


def evidence(value: JSON) -> str:
    return json.dumps(value, ensure_ascii=False)[:RAW_CHARS]


def raw(value: JSON) -> JSON:
    """Itself, or the head of its text if too long."""
    written = json.dumps(value, ensure_ascii=False)
    return value if len(written) <= RAW_CHARS else written[:RAW_CHARS]


def mapping(value: JSON) -> Mapping[str, JSON]:
    return value if isinstance(value, dict) else {}


def rows(value: JSON) -> list[Mapping[str, JSON]]:
    """Members that are no objects are left out."""
    if not isinstance(value, list):
        return []
    return [item for item in value if isinstance(item, dict)]


def text(value: JSON, limit: int = TEXT_CHARS) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value.strip()[:limit] if isinstance(value, str) else ""


def code_of(value: JSON) -> str:
    """From a string or a number (contract wujie §14.1)."""
    return text(value, CODE_CHARS)


def key_of(value: JSON) -> str:
    """Empty where it is too long to store."""
    written = text(value)
    return written if len(written) <= KEY_CHARS else ""


def number(value: JSON) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        read = float(value)
    except (ValueError, OverflowError):
        return None
    return read if math.isfinite(read) else None


def integer(value: JSON) -> int | None:
    """Also from ``"4"`` and ``4.0``."""
    read = number(value)
    if read is None or read != int(read) or abs(read) > INTEGER_MAX:
        return None
    return int(read)


def count(value: JSON) -> int | None:
    read = integer(value)
    return read if read is not None and read >= 0 else None


def flag(value: JSON) -> bool:
    """Unreadable means yes: flags hold a picture back, or say that it was billed."""
    if isinstance(value, str):
        value = value.strip().lower()
    return value not in (None, "", 0, "0", "false")
