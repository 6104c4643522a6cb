"""What an untrusted address or form says, in ranges that every database stores."""

import datetime
import re
import unicodedata

#: A key of more digits is none: it would not fit into 64 bits.
MAX_DIGITS = 18
#: Beyond them a day has no day before or after, or no moment in another time zone.
FIRST_DAY = datetime.date(1900, 1, 1)
LAST_DAY = datetime.date(2999, 12, 31)
#: PostgreSQL stores no NUL, and UTF-8 has no lone surrogates.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
#: They would turn round what is written beside them.
BIDI_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def number(text: str) -> int | None:
    """A whole number from 0 in ASCII digits; None for any other text."""
    is_number = text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS
    return int(text) if is_number else None


def day(text: str) -> datetime.date | None:
    """``2026-01-31``; None for any other text, or outside of `FIRST_DAY` to
    `LAST_DAY`."""
    try:
        found = datetime.date.fromisoformat(text)
    except ValueError:
        return None
    return found if is_usable(found) else None


def is_usable(found: datetime.date) -> bool:
    return FIRST_DAY.year <= found.year <= LAST_DAY.year


def storable(text: str) -> str:
    """Without what a database or an answer cannot hold. Nobody can type it."""
    return UNSTORABLE.sub("", text)


def one_line(text: str) -> str:
    """White space and control characters as single spaces, without bidi controls."""
    plain = BIDI_CONTROLS.sub("", storable(text))
    spaced = (" " if unicodedata.category(one) == "Cc" else one for one in plain)
    return " ".join("".join(spaced).split())
