"""作画参数查询: with what the gateway drew (contract §7.11, §14.9)."""

import json

import pytest

from gateways.providers.errors import Refused
from gateways.providers.protocols import Recaller
from tests.gateways.providers.test_wujie import KEY, ok

OTHER = "A" * 32


def test_it_asks_for_keys_in_an_object(wujie, gateway):
    gateway.answer(ok([]))
    assert isinstance(wujie, Recaller)
    assert wujie.recall([KEY, OTHER]) == {}
    assert gateway.request.method == "POST"
    assert gateway.request.url == "https://gate.example/wj-open/v1/ai/create_params"
    assert json.loads(gateway.request.content) == {"key": [KEY, OTHER]}


def test_rows_are_found_by_key_whatever_their_order(wujie, gateway):
    listed = [{"key": OTHER, "steps": 30}, {"key": "B" * 32}, {"key": KEY, "steps": 20}]
    gateway.answer(ok(listed))
    assert wujie.recall([KEY, OTHER]) == {KEY: {"steps": 20}, OTHER: {"steps": 30}}


def test_a_number_that_stands_there_twice_is_told_once(wujie, gateway):
    row = {"key": KEY, "model_code": 1, "model_code_as_string": "1"}
    row |= {"alone_as_string": "7", "seed": "42"}
    gateway.answer(ok([row]))
    told = {"model_code": 1, "alone_as_string": "7", "seed": "42"}
    assert wujie.recall([KEY]) == {KEY: told}


def test_rows_without_keys_are_nobodys_but_for_a_single_one(wujie, gateway):
    gateway.answer(ok([{"steps": 20}]))
    assert wujie.recall([KEY]) == {KEY: {"steps": 20}}
    gateway.answer(ok([{"steps": 20}]))
    assert wujie.recall([KEY, OTHER]) == {}
    gateway.answer(ok([{"steps": 20}, {"steps": 30}]))
    assert wujie.recall([KEY]) == {}


@pytest.mark.parametrize("data", [None, {}, "text", 7, [None, 3, "x"]])
def test_what_cannot_be_read_tells_nothing(wujie, gateway, data):
    gateway.answer(ok(data))
    assert wujie.recall([KEY]) == {}


def test_an_account_that_may_not_ask_is_refused(wujie, gateway):
    gateway.answer({"code": "20010001", "message": "非法参数", "data": None})
    with pytest.raises(Refused):
        wujie.recall([KEY])
