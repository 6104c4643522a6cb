"""The axes of a matrix: words ``{a|b|c}`` of the prompt, and fields with values."""

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generation.series import MOST_CELLS

#: Field of an axis that is words in the prompt.
WORDS = ""
PROMPT = "prompt"
#: Braces and bars as Chinese keyboards write them, too. Without a bar they stay.
_GROUP = re.compile(r"[{｛]([^{}｛｝|｜]*+[|｜][^{}｛｝]*+)[}｝]")
#: Characters of a template; a longer one stays as it is, and every form refuses it.
LONGEST_TEMPLATE = 40_000
#: A number of cells is not counted further.
UNCOUNTED = 10**18
_BAR = re.compile(r"[|｜]")


class TooManyCells(Exception):
    def __init__(self, number: int) -> None:
        super().__init__(f"{number} cells, at most {MOST_CELLS}")
        self.number = number


@dataclass(frozen=True, slots=True)
class Axis:
    """``field``: a form field's name, or `WORDS`."""

    field: str
    values: tuple[str, ...]

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Axis":
        return cls(kept["field"], tuple(kept["values"]))

    @property
    def kept(self) -> dict[str, Any]:
        return {"field": self.field, "values": list(self.values)}


def axes_of(prompt: str, fields: Mapping[str, Sequence[str]]) -> list[Axis]:
    """Words first, in their order. A field with one value is an axis of one."""
    groups = _GROUP.findall(prompt) if len(prompt) <= LONGEST_TEMPLATE else []
    found = [Axis(WORDS, _distinct(_BAR.split(group))) for group in groups]
    found += [Axis(name, _distinct(values)) for name, values in fields.items()]
    return [axis for axis in found if axis.values]


def count(axes: Sequence[Axis]) -> int:
    return min(math.prod(len(axis.values) for axis in axes), UNCOUNTED)


def cells(prompt: str, axes: Sequence[Axis]) -> Iterator[dict[str, str]]:
    """Field → value of each cell, prompt included; the last axis changes fastest.
    Raises TooManyCells."""
    if (number := count(axes)) > MOST_CELLS:
        raise TooManyCells(number)
    for chosen in itertools.product(*(axis.values for axis in axes)):
        pairs = list(zip((axis.field for axis in axes), chosen, strict=True))
        words = iter([value for field, value in pairs if field == WORDS])
        texts = {field: value for field, value in pairs if field != WORDS}
        yield texts | {PROMPT: _filled(prompt, words)}


def _filled(prompt: str, words: Iterator[str]) -> str:
    if len(prompt) > LONGEST_TEMPLATE:
        return prompt
    return _GROUP.sub(lambda _group: next(words), prompt)


def place(position: int, axes: Sequence[Axis]) -> list[str]:
    """The value of each axis at a cell's position, counted from 0."""
    found = []
    for axis in reversed(axes):
        position, at = divmod(position, len(axis.values))
        found.append(axis.values[at])
    return found[::-1]


def _distinct(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.strip() for value in values))
