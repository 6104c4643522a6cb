"""Placeholders in words: ``a {colour} cup``. Their values are asked for in the form."""

import re
from collections.abc import Iterable, Mapping

#: ``{a|b}`` is none, and neither is JSON.
PLACEHOLDER = re.compile(r"\{\s*(\w[\w \-]{0,39}?)\s*\}")
MOST = 20
#: Of one value.
MOST_CHARACTERS = 400


def names(texts: Iterable[str]) -> list[str]:
    """Each once, in their order; those after MOST are plain words."""
    found = (name for text in texts for name in PLACEHOLDER.findall(text))
    return list(dict.fromkeys(found))[:MOST]


def filled(text: str, values: Mapping[str, str]) -> str:
    """A placeholder without a value stays."""

    def value(found: re.Match[str]) -> str:
        return values.get(found[1]) or found[0]

    return PLACEHOLDER.sub(value, text)
