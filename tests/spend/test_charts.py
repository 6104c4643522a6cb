"""Bars: their heights are the numbers, under round grid lines."""

import datetime

import pytest

from spend.presenters import charts

DAYS = [datetime.date(2026, 5, 1) + datetime.timedelta(n) for n in range(3)]


def test_heights_are_in_proportion_and_stacked() -> None:
    amounts = {DAYS[0]: [30, 10], DAYS[1]: [0, 0], DAYS[2]: [0, 20]}
    chart = charts.stacked(DAYS, amounts, ["a", "b"])
    assert chart.ticks == [40, 30, 20, 10, 0]
    first, second, third = chart.bars
    assert (first.words, first.amount, first.series) == ("a", 30, 0)
    assert (float(first.height), float(first.y)) == (180, 60)
    assert (float(second.height), float(second.y)) == (60, 0)
    assert (third.words, third.day) == ("b", DAYS[2])
    assert float(third.y) + float(third.height) == charts.HEIGHT


def test_what_came_back_is_no_bar() -> None:
    chart = charts.stacked(DAYS[:1], {DAYS[0]: [-5, 8]}, ["a", "b"])
    assert [bar.amount for bar in chart.bars] == [8]


def test_nothing_is_drawn_of_nothing() -> None:
    chart = charts.stacked(DAYS, {day: [] for day in DAYS}, [])
    assert chart.bars == []
    assert chart.ticks == [1, 0]


@pytest.mark.parametrize(
    ("most", "top"),
    [(0, 1), (1, 1), (5, 5), (6, 6), (7, 8), (11, 15), (230, 250), (999, 1000)],
)
def test_the_scale_is_round_and_holds_the_most(most: int, top: int) -> None:
    step, count = charts.scale(most)
    assert step * count == top
    assert count <= charts.MAX_GRID_LINES


@pytest.mark.parametrize("count", [1, 7, 30, 31, 90])
def test_the_last_day_is_named_and_few_others(count: int) -> None:
    days = [DAYS[0] + datetime.timedelta(number) for number in range(count)]
    labels = charts.stacked(days, {day: [1] for day in days}, ["a"]).labels
    assert len(labels) == count
    assert labels[-1] == days[-1]
    assert len([day for day in labels if day]) <= charts.MAX_LABELS


def test_all_bars_stay_inside() -> None:
    amounts = {day: [number * 37, 5] for number, day in enumerate(DAYS)}
    for bar in charts.stacked(DAYS, amounts, ["a", "b"]).bars:
        assert 0 <= float(bar.x) <= float(bar.x) + float(bar.width) <= charts.WIDTH
        assert -0.01 <= float(bar.y) <= charts.HEIGHT
