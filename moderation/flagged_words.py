"""Finds a team's flagged words in a prompt, however they are spelled."""

from collections.abc import Iterator, Sequence

from generation.models.folding import Spans, fold, fold_with_spans


def found(words: Sequence[str], text: str) -> Spans:
    """Slices of the text, in order, without overlaps.

    Words of scripts with upper and lower case are found as whole words only: not in a
    longer word, but beside a digit, an underscore or a character of another script.
    """
    if not words or not text:
        return []
    folded, spans = fold_with_spans(text)
    places = sorted(
        (spans[at][0], spans[at + len(word) - 1][1])
        for word in filter(None, map(fold, words))
        for at in _places(word, folded)
    )
    merged: Spans = []
    for start, end in places:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _places(word: str, folded: str) -> Iterator[int]:
    at = folded.find(word)
    while at >= 0:
        end = at + len(word)
        is_within = _are_joined(folded[at - 1 : at], word[0])
        if not is_within and not _are_joined(word[-1], folded[end : end + 1]):
            yield at
        at = folded.find(word, at + 1)


def _are_joined(one: str, other: str) -> bool:
    """Both letters of a script with two cases, or both digits."""
    if one.isdecimal() and other.isdecimal():
        return True
    return one.upper() != one.lower() and other.upper() != other.lower()
