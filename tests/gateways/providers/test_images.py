"""The answer of 图片详情批量查询, whose shape nobody printed (contract §8.3)."""

import json

import httpx
import pytest

from gateways.providers.base import Family, Order, State
from gateways.providers.faults import Fault
from gateways.providers.wujie.client import Wujie

A, B = (
    "https://cdn.wujiebantu.com/ai/A-01.png",
    "https://cdn.wujiebantu.com/ai/B-01.png",
)
KEY = "3E46BF62A51256A96EEFB73079BD55E2"


def poll(wujie, gateway, data):
    gateway.answer({"code": "200", "message": "success", "data": data})
    (update,) = wujie.poll([KEY], Family.IMAGES)
    return update


@pytest.mark.parametrize(
    "wrap",
    [
        lambda row: [row],
        lambda row: {"list": [row]},
        lambda row: {"infos": [row]},
    ],
)
@pytest.mark.parametrize(
    ("told", "urls"),
    [
        ({"picture_url": A}, (A,)),
        ({"picture_url": [A, B]}, (A, B)),
        ({"image_urls": [A, B]}, (A, B)),
        ({"images": [{"url": A}, {"url": B}]}, (A, B)),
        ({"result": A}, (A,)),
        ({"results": [A, B, A, "", None, {}]}, (A, B)),
        ({"url": A}, (A,)),
    ],
)
def test_every_likely_shape_is_read(wujie, gateway, wrap, told, urls):
    update = poll(wujie, gateway, wrap({"key": KEY, "status": 4, **told}))
    assert (update.state, update.picture_urls) == (State.SUCCEEDED, urls)


def test_without_a_status_an_address_is_success(wujie, gateway):
    assert poll(wujie, gateway, [{"key": KEY, "result": A}]).state is State.SUCCEEDED
    assert poll(wujie, gateway, [{"key": KEY, "result": ""}]).state is State.UNKNOWN


def test_an_address_of_what_is_still_drawn_is_none(wujie, gateway):
    update = poll(wujie, gateway, [{"key": KEY, "status": 2, "picture_url": A}])
    assert (update.state, update.picture_urls) == (State.DRAWING, ())


def test_unset_it_says_what_is_missing(wujie, gateway):
    update = poll(wujie, gateway, {"list": []})
    assert (update.state, update.failure_code) == (State.UNKNOWN, Fault.UNASKABLE)
    assert gateway.request.url.path.endswith("/ai/generating_info")


def test_set_it_asks_there_with_a_bare_array(gateway, private_key):
    provider = Wujie(
        "https://gate.example/wj-open/v1",
        "wjtest",
        private_key,
        images_query_path="/ai/somewhere",
        transport=httpx.MockTransport(gateway),
    )
    update = poll(provider, gateway, {"list": []})
    provider.close()
    assert update.failure_code == ""
    assert gateway.request.url.path == "/wj-open/v1/ai/somewhere"
    assert json.loads(gateway.request.content) == [KEY]


def test_the_sample_of_a_submit_names_its_key(wujie, gateway, sample):
    gateway.answer(sample("images_generations.response_success"))
    order = Order("/ai/wj/images/generations", {}, 1, is_called_back=False)
    submitted = wujie.submit(order, notify_url="https://portal.example/callbacks/x/")
    assert [task.key for task in submitted.tasks] == [KEY]
    assert "notify_url" not in json.loads(gateway.request.content)
