"""The real clients against the sandbox, over real HTTP in a process of its own."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest

from generation.providers.base import (
    CostState,
    Order,
    ProviderError,
    Refused,
    State,
    Unauthorized,
    Unavailable,
    Unit,
    Unknown,
    Verdict,
)
from generation.providers.jumdata import Jumdata
from generation.providers.wujie import Wujie

OPEN = (State.QUEUED, State.DRAWING, State.UNKNOWN)


def wujie_order(prompt="山水", num=1):
    body = {"model": 1, "num": num, "prompt": prompt, "width": 512, "height": 512}
    return Order("/ai/create", body, num)


def jumdata_order(text="山水", num=1):
    body = {"text": text, "resolution": "1024*1024", "style": "古风", "num": num}
    return Order("/ai/draw/submit", body, num)


def finished(provider, submitted, seconds=10):
    """The updates of a submit's tasks, once none of them is open."""
    keys = [task.key for task in submitted.tasks]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        updates = provider.poll(keys)
        if not any(update.state in OPEN for update in updates):
            return updates
        time.sleep(0.05)
    raise AssertionError(f"still open: {updates}")


def test_a_wujie_drawing_from_quote_to_pictures(sandbox):
    order = wujie_order(num=3)
    quote = sandbox.wujie.quote(order)
    before = sandbox.wujie.balance()
    submitted = sandbox.wujie.submit(order, notify_url="")
    assert quote.unit is submitted.unit is Unit.INTEGRAL
    assert quote.cost == submitted.expected_cost > 0
    assert quote.ahead is not None
    assert len({task.key for task in submitted.tasks}) == 3
    updates = finished(sandbox.wujie, submitted)
    assert [update.key for update in updates] == [task.key for task in submitted.tasks]
    for update in updates:
        assert update.state is State.SUCCEEDED
        assert update.cost_state is CostState.CHARGED
        assert update.audit.verdict is Verdict.PASS
        assert len(update.picture_urls) == 1
    spent = sum(update.cost for update in updates)
    assert before - sandbox.wujie.balance() == spent == quote.cost


def test_detail_says_what_the_poll_says(sandbox):
    submitted = sandbox.wujie.submit(wujie_order())
    (polled,) = finished(sandbox.wujie, submitted)
    detail = sandbox.wujie.detail(polled.key)
    assert replace(detail, raw=None, percent=None, ahead=None) == replace(
        polled, raw=None, percent=None, ahead=None, expected_seconds=None
    )


def test_a_key_that_the_gateway_does_not_know_is_unknown(sandbox):
    submitted = sandbox.wujie.submit(wujie_order())
    known = submitted.tasks[0].key
    updates = sandbox.wujie.poll(["F" * 32, known])
    assert updates[0].state is State.UNKNOWN
    assert updates[1].state is not State.UNKNOWN


def test_cancel_while_queued_and_too_late(sandbox):
    sandbox.switch(draw_seconds=2)
    submitted = sandbox.wujie.submit(wujie_order(num=8))
    last = submitted.tasks[-1].key
    (waiting,) = sandbox.wujie.poll([last])
    assert waiting.state is State.QUEUED
    assert waiting.ahead > 0
    sandbox.wujie.cancel(last)
    (cancelled,) = sandbox.wujie.poll([last])
    assert cancelled.state is State.CANCELLED
    assert cancelled.cost_state is CostState.REFUNDED
    with pytest.raises(Refused) as caught:
        sandbox.wujie.cancel(last)
    assert caught.value.code == "20110011"
    for task in submitted.tasks[4:-1]:
        sandbox.wujie.cancel(task.key)


def test_the_catalogue_is_read(sandbox):
    models = sandbox.wujie.models()
    assert models
    assert all(model.code and model.name for model in models)
    resources = sandbox.wujie.resources(models[0].code)
    assert all(width > 0 and height > 0 for width, height in resources.sizes)
    assert resources.sizes
    assert resources.styles


def test_a_jumdata_drawing_from_submit_to_pictures(sandbox):
    submitted = sandbox.jumdata.submit(jumdata_order(num=2))
    assert submitted.expected_cost == 2
    assert submitted.unit is Unit.IMAGE
    (update,) = finished(sandbox.jumdata, submitted)
    assert update.state is State.SUCCEEDED
    assert len(update.picture_urls) == 2
    assert update.audit.verdict is Verdict.MISSING


def test_a_style_that_jumdata_does_not_have_is_refused(sandbox):
    order = jumdata_order()
    with pytest.raises(Refused, match="风格值不正确"):
        sandbox.jumdata.submit(replace(order, body={**order.body, "style": "x"}))


def test_a_jumdata_task_that_does_not_exist_has_failed(sandbox):
    update = sandbox.jumdata.detail("0" * 32)
    assert (update.state, update.failure_code) == (State.FAILED, "201")


def test_wrong_credentials_are_unauthorized(sandbox, private_key):
    wrong = [
        Wujie(f"{sandbox.url}/wj-open/v1", "stranger", private_key),
        Jumdata(sandbox.url, "jmtest", "wrong"),
        Jumdata(sandbox.url, "stranger", "secret"),
    ]
    for provider in wrong:
        with closing(provider), pytest.raises(Unauthorized):
            provider.detail("A")


def test_a_wrong_clock_is_unauthorized(sandbox, monkeypatch):
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 3600)
    monkeypatch.setattr(time, "time_ns", lambda: int((now - 3600) * 1e9))
    with pytest.raises(Unauthorized):
        sandbox.wujie.balance()
    with pytest.raises(Unauthorized):
        sandbox.jumdata.submit(jumdata_order())


FAULTS = [
    ({"kind": "http_500"}, Unknown),
    ({"kind": "html"}, Unknown),
    ({"kind": "empty"}, Unknown),
    ({"kind": "not_json"}, Unknown),
    ({"kind": "truncated"}, Unknown),
    ({"kind": "half_json"}, Unknown),
    ({"kind": "drop"}, Unknown),
    ({"kind": "drop_before"}, Unknown),
    ({"kind": "huge", "megabytes": 5}, Unknown),
    ({"kind": "unknown_code"}, Refused),
    ({"kind": "code", "code": "20010018"}, Unavailable),
    ({"kind": "http_500", "status": 503, "seconds": 9}, Unavailable),
]


@pytest.mark.parametrize(("fault", "kind"), FAULTS)
def test_what_a_fault_makes_of_a_submit(sandbox, fault, kind):
    sandbox.switch(faults={"wujie.create": {**fault, "times": 1}})
    with pytest.raises(ProviderError) as caught:
        sandbox.wujie.submit(wujie_order())
    assert type(caught.value) is kind
    assert sandbox.wujie.submit(wujie_order()).tasks  # the client goes on


@pytest.mark.parametrize("fault", [fault for fault, kind in FAULTS if kind is Unknown])
def test_what_a_fault_makes_of_a_poll(sandbox, fault):
    submitted = sandbox.wujie.submit(wujie_order())
    sandbox.switch(faults={"wujie.generating_info": {**fault, "times": 1}})
    with pytest.raises(ProviderError) as caught:
        sandbox.wujie.poll([submitted.tasks[0].key])
    assert type(caught.value) is Unavailable
    (update,) = finished(sandbox.wujie, submitted)
    assert update.state is State.SUCCEEDED


def test_many_threads_share_one_client(sandbox):
    keys = [task.key for task in sandbox.wujie.submit(wujie_order(num=25)).tasks]
    with ThreadPoolExecutor(16) as pool:
        polls = list(pool.map(lambda _: sandbox.wujie.poll(keys), range(64)))
    assert all([update.key for update in updates] == keys for updates in polls)
