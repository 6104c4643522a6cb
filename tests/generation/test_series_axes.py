"""Words in braces and fields with several values multiply."""

import pytest

from generation.series import axes
from generation.series.axes import Axis


def prompts(prompt, **fields):
    found = axes.axes_of(prompt, fields)
    return [cell["prompt"] for cell in axes.cells(prompt, found)]


def test_words_in_braces_are_tried_one_by_one():
    assert prompts("a {red|blue} {cup|jug}") == [
        "a red cup",
        "a red jug",
        "a blue cup",
        "a blue jug",
    ]


@pytest.mark.parametrize("written", ["{红|蓝}伞", "｛红｜蓝｝伞", "{ 红 | 蓝 }伞"])
def test_chinese_braces_and_bars_count(written):
    assert prompts(written) == ["红伞", "蓝伞"]


@pytest.mark.parametrize("written", ["{product} on white", "a | b", "{}", "{a"])
def test_braces_without_a_bar_stay(written):
    assert prompts(written) == [written]


def test_the_same_word_twice_is_one():
    assert prompts("{a|a|b}") == ["a", "b"]


def test_fields_multiply_with_words():
    found = axes.axes_of("{a|b}", {"size": ["1", "2"], "seed": ["7"]})
    assert axes.count(found) == 4
    cells = list(axes.cells("{a|b}", found))
    assert cells[1] == {"prompt": "a", "size": "2", "seed": "7"}
    assert axes.place(2, found) == ["b", "1", "7"]


def test_a_place_is_that_of_its_cell():
    found = [Axis("a", ("1", "2", "3")), Axis("b", ("x", "y")), Axis("c", ("p", "q"))]
    for number, cell in enumerate(axes.cells("", found)):
        place = axes.place(number, found)
        assert place == [cell[axis.field] for axis in found]


def test_too_many_are_counted_and_not_made():
    found = axes.axes_of("{1|2|3}" * 9, {})
    with pytest.raises(axes.TooManyCells) as error:
        next(axes.cells("{1|2|3}" * 9, found))
    assert error.value.number == 3**9
