"""Each cell is checked as its own form would be, however many share the work."""

import pytest
from django.http import QueryDict

from gateways import catalogue
from gateways.providers.base import Quote
from generation.operations import OPERATIONS
from generation.series import planning
from generation.series.planning import Planner
from spend.units import Unit
from tests import factories

VALUES = {"model": ["1"], "size": ["1024x1024"], "pictures": ["1"], "style": [""]}
CELLS = [
    {"prompt": "a cup"},
    {"prompt": "a jug", "seed": "7"},
    {"prompt": "a jug", "seed": "seven"},
    {"prompt": ""},
    {"prompt": "x" * 1501},
    {"prompt": "a cup", "size": "640x1024"},
    {"prompt": "a cup", "size": "640x1024", "model": "2"},
    {"prompt": "a cup", "width": "640"},
    {"prompt": "a cup", "seed": "8"},
    {"prompt": "a cup"},
]


@pytest.fixture
def planner(alice):
    factories.catalogue()
    return Planner(OPERATIONS["wujie-drawing"], alice, VALUES)


def alone(cell, member):
    data = QueryDict(mutable=True)
    for name, values in {**VALUES, **{n: [v] for n, v in cell.items()}}.items():
        data.setlist(name, values)
    made = OPERATIONS["wujie-drawing"].form_class
    form = made(data, catalogue=catalogue.read("wujie"), member=member)
    errors = {n: [str(e) for e in found] for n, found in form.errors.items()}
    return form.cleaned_data, errors


def test_each_cell_is_checked_as_if_alone(planner, alice):
    for cell in CELLS + CELLS[::-1]:
        cleaned, errors = planner.check(cell)
        expected, wrong = alone(cell, alice)
        assert errors == wrong, cell
        if not wrong:
            assert cleaned == expected, cell
    assert sum(bool(planner.check(cell)[1]) for cell in CELLS) == 5


def test_cells_of_one_price_ask_the_gateway_once(planner, monkeypatch):
    asked = []

    def quote(_operation, cleaned):
        asked.append(cleaned["size"])
        return Quote(10, Unit.INTEGRAL)

    monkeypatch.setattr(type(planner.operation), "quote", quote)
    cells = [{"prompt": f"cup {n}", "seed": str(n)} for n in range(1, 30)]
    planned = planner.plan_all([*cells, {"prompt": "cup", "size": "1024x768"}])
    assert asked == ["1024x1024", "1024x768"]
    assert {each.cost for each in planned} == {10}


def test_too_many_prices_are_not_asked_for(planner, monkeypatch):
    monkeypatch.setattr(planning, "MOST_PRICES", 1)
    quote = Quote(10, Unit.INTEGRAL)
    monkeypatch.setattr(type(planner.operation), "quote", lambda *_: quote)
    cells = [{"prompt": "cup", "size": size} for size in ("1024x1024", "1024x768")]
    with pytest.raises(planning.TooManyPrices):
        planner.plan_all(cells)
