"""Marks where a text was hit."""

from collections.abc import Iterator

from generation.models.tokens import tokens_with_spans
from generation.search.question import Question, Term

#: Characters before the first hit of a text that is cut.
BEFORE = 30

#: Text, and whether it was hit.
Piece = tuple[str, bool]


def marked(text: str, question: Question | None, most: int) -> list[Piece]:
    """At most ``most`` characters, from shortly before the first hit."""
    hits = sorted(_hits(text, question)) if question else []
    start = 0
    if hits and hits[0][1] > most:
        start = max(hits[0][0] - BEFORE, 0)
    end = min(start + most, len(text))
    pieces: list[Piece] = [("…", False)] if start else []
    at = start
    for first, last in hits:
        first, last = max(first, at), min(last, end)
        if first >= last:
            continue
        pieces += [(text[at:first], False), (text[first:last], True)]
        at = last
    pieces.append((text[at:end] + ("…" if end < len(text) else ""), False))
    return [piece for piece in pieces if piece[0]]


def _hits(text: str, question: Question) -> Iterator[tuple[int, int]]:
    found, spans = tokens_with_spans(text)
    for term in question.terms:
        if term.is_excluded:
            continue
        length = len(term.tokens)
        for at in range(len(found) - length + 1):
            if _is_hit(found[at : at + length], term):
                end = spans[at + length - 1][1]
                if term.is_prefix:  # what it begins with, of a pair of characters
                    end = min(end, _end_of_prefix(term, spans[at + length - 1]))
                yield spans[at][0], end


def _is_hit(there: list[str], term: Term) -> bool:
    *first, last = term.tokens
    if there[:-1] != first:
        return False
    return there[-1].startswith(last) if term.is_prefix else there[-1] == last


def _end_of_prefix(term: Term, span: tuple[int, int]) -> int:
    """A single character of a pair; of other words the whole word."""
    is_half = len(term.tokens[-1]) == 1 and span[1] - span[0] == 2
    return span[0] + 1 if is_half else span[1]
