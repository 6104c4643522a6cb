"""Reads what was typed into a search: words, ``"a phrase"``, ``prefix*``, ``-not``."""

import re
from dataclasses import dataclass

from generation.models.folding import fold, is_wide
from generation.models.tokens import LONGEST_TOKEN, tokens

#: The rest is ignored.
MOST_CHARACTERS, MOST_TERMS, MOST_PHRASE_TOKENS = 400, 16, 24
_SIGNS = str.maketrans("“”„＂－﹣−＊﹡", '""""---**')
_TERM = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')


@dataclass(frozen=True, slots=True)
class Term:
    """Tokens in a row. ``is_prefix``: the last is the beginning of one."""

    tokens: tuple[str, ...]
    is_prefix: bool = False
    is_excluded: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """All terms hold. Without any, nothing is found."""

    terms: tuple[Term, ...]


def parse(text: str) -> Question | None:
    """None: nothing was asked."""
    text = text[:MOST_CHARACTERS].translate(_SIGNS)
    if not text.strip():
        return None
    terms = [
        term
        for sign, phrase, word in _TERM.findall(text)
        if (term := _term(phrase or word, is_excluded=bool(sign)))
    ]
    return Question(tuple(dict.fromkeys(terms[:MOST_TERMS])))


def _term(written: str, *, is_excluded: bool) -> Term | None:
    is_prefix = written.endswith("*")
    folded = fold(written)
    found = [token for token, _ in tokens(folded)]
    if not found:
        return None
    # Its row may go on after it: as a pair, or alone at the end of a run.
    if len(found[-1]) == 1 and is_wide(found[-1]):
        if len(found) > 1 and found[-2][-1] == found[-1] and len(found[-2]) == 2:
            found.pop()
        else:
            is_prefix = True
    is_prefix = is_prefix and len(found[-1]) < LONGEST_TOKEN
    return Term(tuple(found[:MOST_PHRASE_TOKENS]), is_prefix, is_excluded)
