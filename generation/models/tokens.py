"""Splits text into the tokens that search finds, the same for rows and questions.

A word of a script with spaces is a token. Characters of a script without spaces are
taken two by two, each with its successor; the last one of a run stands alone. So a word
of two characters is one token, a longer one a phrase, and a single character a prefix.
"""

import re
from collections.abc import Iterator
from itertools import groupby

from generation.models.folding import FoldedField, Spans, fold, fold_with_spans, is_wide

#: Of a row; what comes later is not found.
MOST_TOKENS = 4000
#: A longer word is found by its beginning.
LONGEST_TOKEN = 40
#: Between texts: no phrase goes across. No question can contain it.
BREAK = "¶"
_RUN = re.compile(r"[^\W_]+")


def words(*texts: str) -> str:
    """Tokens of the texts, separated by spaces."""
    parts = [" ".join(token for token, _ in tokens(fold(text))) for text in texts]
    joined = f" {BREAK} ".join(part for part in parts if part)
    return " ".join(joined.split(" ", MOST_TOKENS)[:MOST_TOKENS])


def tokens(folded: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """With its place in the folded text."""
    for run in _RUN.finditer(folded):
        at = run.start()
        for wide, letters in groupby(run.group(), is_wide):
            part = "".join(letters)
            if wide:
                for shift in range(len(part)):
                    token = part[shift : shift + 2]
                    yield token, (at + shift, at + shift + len(token))
            else:
                yield part[:LONGEST_TOKEN], (at, at + len(part))
            at += len(part)


def tokens_with_spans(text: str) -> tuple[list[str], Spans]:
    """With the slice of ``text`` that each came of."""
    folded, spans = fold_with_spans(text)
    found = list(tokens(folded))
    return [token for token, _ in found], [
        (spans[start][0], spans[end - 1][1]) for _, (start, end) in found
    ]


class WordsField(FoldedField):
    """The tokens of another field or property."""

    def folded(self, text: str) -> str:
        return words(text)
