"""Which words one text has more, and fewer, than another."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

_HAN = "\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
#: A Han character, a word, or a mark; with the space after it.
_WORD = re.compile(rf"(?:[{_HAN}]|(?:(?![{_HAN}])\w)+|[^\w\s])\s*|\s+")
_PHRASE = re.compile(r"[^,.;，。；、\n]*[,.;，。；、\n]?\s*")
#: Longer texts are compared by phrase; still longer ones as a whole.
MOST_PARTS = 1500


@dataclass(frozen=True, slots=True)
class Piece:
    """``kind``: same, added or removed."""

    text: str
    kind: str = "same"


def difference(base: str, text: str) -> list[Piece]:
    """``text`` with its words that ``base`` lacks, and those of ``base`` it lacks."""
    before, after = _parts(base, text)
    keys, others = ([_key(part) for part in parts] for parts in (before, after))
    return list(_joined(_pieces(before, after, SequenceMatcher(None, keys, others))))


def _key(part: str) -> str:
    words = part.strip()
    return words.rstrip(",.;，。；、") or words


def _parts(*texts: str) -> list[list[str]]:
    for pattern in (_WORD, _PHRASE):
        found = [[part for part in pattern.findall(text) if part] for text in texts]
        if all(len(parts) <= MOST_PARTS for parts in found):
            return found
    return [[text] for text in texts]


def _pieces(
    before: list[str], after: list[str], matcher: "SequenceMatcher[str]"
) -> Iterator[Piece]:
    for kind, b1, b2, a1, a2 in matcher.get_opcodes():
        if kind == "equal":
            yield Piece("".join(after[a1:a2]))
            continue
        if b2 > b1:
            yield Piece("".join(before[b1:b2]), "removed")
        if a2 > a1:
            yield Piece("".join(after[a1:a2]), "added")


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """A mark ends before the space that follows it."""
    for piece in pieces:
        words = piece.text.rstrip()
        if piece.kind == "same" or words == piece.text or not words:
            yield piece
        else:
            yield Piece(words, piece.kind)
            yield Piece(piece.text[len(words) :])
