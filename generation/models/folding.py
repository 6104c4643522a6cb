"""Folds words, so that spellings of the same word become equal: for search and for
flagged words.

Equal are letters of any width, case and composition (NFKC, Unicode case folding),
traditional and simplified characters, with zero-width characters or soft hyphens
between them, and white space or underscores of any number. White space beside a
character of a script that is written without it is left out.
"""

import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

import opencc
from django.db import models

#: White space, and what stands for it between words.
SPACE = " "
FIRST_CHINESE = "\u2e80"
#: Not drawn, but of another category than Cf: joiners, fillers, variation selectors.
UNDRAWN = (
    *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F),
    *(0x3164, 0xFFA0, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)),
)
_UNDRAWN = frozenset(map(chr, UNDRAWN))

#: ASCII's control characters that are no white space.
_NO_CONTROLS = {at: None for at in (*range(0x20), 0x7F) if not chr(at).isspace()}

#: Beginning and end in the text.
Spans = list[tuple[int, int]]


def fold(text: str) -> str:
    if text.isascii():
        spaced = text.casefold().replace("_", SPACE).translate(_NO_CONTROLS)
        return SPACE.join(spaced.split())
    return fold_with_spans(text)[0]


def fold_with_spans(text: str) -> tuple[str, Spans]:
    """The folded text; for each of its characters, the slice of ``text`` it came of."""
    folded: list[str] = []
    spans: Spans = []
    gap: tuple[int, int] | None = None
    for start, end, letters in _letters(text):
        for letter in letters:
            if letter == SPACE:
                gap = gap or (start, end)
                continue
            if gap and folded and not (is_wide(folded[-1]) or is_wide(letter)):
                folded.append(SPACE)
                spans.append(gap)
            gap = None
            folded.append(letter)
            spans.append((start, end))
    return "".join(folded), spans


def _letters(text: str) -> Iterator[tuple[int, int, str]]:
    """A letter with the marks that compose with it: where it begins and ends, and its
    folded form."""
    start, end, composed = 0, 0, ""
    for at, character in enumerate(text):
        if _is_undrawn(character):
            continue
        if composed and not _is_composing(character):
            yield start, end, _folded(composed)
            composed = ""
        start = start if composed else at
        composed, end = composed + character, at + 1
    if composed:
        yield start, end, _folded(composed)


@lru_cache(maxsize=20_000)
def _folded(composed: str) -> str:
    plain = unicodedata.normalize("NFKC", composed).casefold()
    # Case folding may take a composition apart.
    plain = unicodedata.normalize("NFKC", plain)
    return "".join(map(_plain, plain))


def _plain(character: str) -> str:
    if character == "_" or character.isspace():
        return SPACE
    return "" if _is_undrawn(character) else _simplified(character)


@cache
def _simplified(character: str) -> str:
    """One by one: what stands beside it must not change what it equals."""
    if character < FIRST_CHINESE:
        return character
    convert = _to_simplified().convert
    return str(convert(convert(character)))


@cache
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@lru_cache(maxsize=20_000)
def _is_undrawn(character: str) -> bool:
    if character.isspace():
        return False
    return unicodedata.category(character) in ("Cc", "Cf") or character in _UNDRAWN


def _is_composing(character: str) -> bool:
    """Marks; vowels and finals of Korean syllables; marks of half-width kana."""
    is_mark = unicodedata.combining(character) or character in "\uff9e\uff9f"
    return bool(is_mark) or "\u1161" <= character <= "\u11ff"


@lru_cache(maxsize=20_000)
def is_wide(character: str) -> bool:
    """Of a script that is written without spaces: Chinese, Japanese."""
    if unicodedata.east_asian_width(character) != "W" or not character.isalpha():
        return False
    return not "\uac00" <= character <= "\ud7a3"


class FoldedField(models.TextField):  # type: ignore[type-arg]  # no subscript at run time
    """The folded text of another field, written whenever its row is inserted or
    saved."""

    def __init__(self, *, of: str, **kwargs: Any) -> None:
        super().__init__(**{"blank": True, "editable": False, **kwargs})
        self.of = of

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        folded = self.folded(getattr(model_instance, self.of))
        setattr(model_instance, self.attname, folded)
        return folded

    def folded(self, text: str) -> str:
        return fold(text)
