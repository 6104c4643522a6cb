"""A filter bar: what is chosen, as chips that can be taken off, and what can be added.

The address holds the filters, so that each view can be shared.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.utils.functional import Promise

Word = str | Promise
#: Name in the address, title, and value and label of each choice.
Offer = tuple[str, Word, Iterable[tuple[str, Word]]]
WORDS = "q"
PAGE = "before"


@dataclass(frozen=True, slots=True)
class Choice:
    """``link``: the page with it."""

    label: Word
    link: str


@dataclass(frozen=True, slots=True)
class Chip:
    """``link``: the page without it."""

    title: Word
    label: Word
    link: str


class FilterBar:
    """Unknown values of the address choose nothing."""

    def __init__(self, asked: Mapping[str, str], offers: Iterable[Offer]) -> None:
        """``asked``: the address's parameters."""
        self.asked = {n: value for n, value in asked.items() if n != PAGE}
        self.offers = [
            (name, title, [(str(value), label) for value, label in choices])
            for name, title, choices in offers
        ]
        self.words = self.asked.get(WORDS, "").strip()

    @cached_property
    def chips(self) -> list[Chip]:
        found = [
            Chip(title, label, self._link({name: None}))
            for name, title, choices in self.offers
            for value, label in choices
            if value == self.asked.get(name)
        ]
        if self.words:
            found.append(Chip("", f"“{self.words}”", self._link({WORDS: None})))
        return found

    @property
    def groups(self) -> list[tuple[Word, list[Choice]]]:
        """Of what can be added or exchanged."""
        return [
            (
                title,
                [
                    Choice(label, self._link({name: value}))
                    for value, label in choices
                    if value != self.asked.get(name)
                ],
            )
            for name, title, choices in self.offers
            if choices
        ]

    @property
    def cleared(self) -> str:
        """The page without any filter."""
        names = {WORDS, *(name for name, _title, _choices in self.offers)}
        return self._link(dict.fromkeys(names))

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Hidden fields of the search form."""
        return [(n, value) for n, value in self.asked.items() if n != WORDS]

    def _link(self, changes: Mapping[str, str | None]) -> str:
        asked = {**self.asked, **changes}
        return "?" + urlencode({n: v for n, v in asked.items() if v is not None})
