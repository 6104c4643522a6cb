"""Read a gateway's JSON without trusting its types.

Nothing here raises: what is not there or not readable is ``None``, ``""`` or empty.
Gateways send numbers as strings, strings as numbers and null for anything
(contract §14), and what is read here goes on into a database.
"""

import json
import math
from collections.abc import Mapping

from gateways.providers.base import JSON

#: A longer text is cut (characters); none that the contract knows comes near.
TEXT_CHARS = 4000
CODE_CHARS = 40
KEY_CHARS = 100
#: A raw answer is kept up to here (characters).
RAW_CHARS = 20_000
#: Larger numbers do not fit a database's integer, and no count or cost needs them.
INTEGER_MAX = 2**31 - 1


def parse(source: str | bytes) -> JSON:
    """JSON as storable values, or None where it is not JSON."""
    try:
        return _storable(json.loads(source))
    except (ValueError, RecursionError):  # also: not UTF-8, a number too long
        return None


def _storable(value: JSON) -> JSON:
    """Without NUL, lone surrogates, NaN and infinities: PostgreSQL refuses them."""
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
    """The head of it as text."""
    return json.dumps(value, ensure_ascii=False)[:RAW_CHARS]


def raw(value: JSON) -> JSON:
    """What to keep of an answer: itself, or the head of it as text if it is huge."""
    written = json.dumps(value, ensure_ascii=False)
    return value if len(written) <= RAW_CHARS else written[:RAW_CHARS]


def mapping(value: JSON) -> Mapping[str, JSON]:
    return value if isinstance(value, dict) else {}


def rows(value: JSON) -> list[Mapping[str, JSON]]:
    """The objects of a list; whatever else stands in it is passed over."""
    if not isinstance(value, list):
        return []
    return [item for item in value if isinstance(item, dict)]


def text(value: JSON, limit: int = TEXT_CHARS) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value.strip()[:limit] if isinstance(value, str) else ""


def code_of(value: JSON) -> str:
    """A business code, whether it came as string or number (contract §14.1)."""
    return text(value, CODE_CHARS)


def key_of(value: JSON) -> str:
    """A provider task's key; one that is too long to be stored is none."""
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
    """A whole number, also from ``"4"`` and ``4.0``."""
    read = number(value)
    if read is None or read != int(read) or abs(read) > INTEGER_MAX:
        return None
    return int(read)


def count(value: JSON) -> int | None:
    """A whole number that is not negative."""
    read = integer(value)
    return read if read is not None and read >= 0 else None


def flag(value: JSON) -> bool:
    """A yes-or-no as bool, int or string. What cannot be read counts as yes:
    every flag we ask about is one that holds a picture back."""
    if isinstance(value, str):
        value = value.strip().lower()
    return value not in (None, "", 0, "0", "false")
