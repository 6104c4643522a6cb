"""Templates that are made to cost."""

import time

import pytest

from generation.series import axes, drafts

MOST_SECONDS = 2.0


def test_an_open_brace_with_many_bars_is_searched_once() -> None:
    begun = time.process_time()
    assert axes.axes_of("{" + "|" * 39_000, {}) == []
    assert time.process_time() - begun < MOST_SECONDS


def test_more_cells_than_can_be_written_as_a_number() -> None:
    prompt = "{|a}" * 9_000 + "{|a|b|c|d|e|f|g|h|i}" * 190
    many = [*axes.axes_of(prompt, {})] * 3
    with pytest.raises(axes.TooManyCells) as refused:
        next(axes.cells(prompt, many))
    assert refused.value.number == axes.UNCOUNTED


def test_a_longer_template_stays_as_it_is() -> None:
    prompt = "{a|b}" * 10_000
    assert axes.axes_of(prompt, {}) == []
    assert list(axes.cells(prompt, [])) == [{"prompt": prompt}]
    assert drafts.filled(prompt, {}) == prompt


def test_a_column_named_thousands_of_times_is_cut_off() -> None:
    made = drafts.filled("{c}" * 10_000, {"c": "x" * 4_000})
    assert axes.LONGEST_TEMPLATE < len(made) < 100_000


def test_columns_are_filled_between_words() -> None:
    assert drafts.filled(" a {c} b {d} {e}", {"c": "1", "e": "2"}) == "a 1 b {d} 2"
