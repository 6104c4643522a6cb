"""The real clients against the sandbox, over real HTTP in a process of its own."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest

from gateways.providers.base import CostState, Order, State, Verdict
from gateways.providers.errors import (
    ProviderError,
    Refused,
    Unauthorized,
    Unavailable,
    Unknown,
)
from gateways.providers.http import Timeouts
from gateways.providers.jumdata.client import Jumdata
from gateways.providers.wujie.client import Wujie
from spend.units import Unit


@pytest.fixture
def gateways(settings):
    return settings.GATEWAYS


@pytest.fixture
def sandbox(sandbox):
    sandbox.switch(draw_seconds=0.05, submit_seconds=0)
    return sandbox


@pytest.fixture
def wujie(sandbox, gateways):
    with closing(Wujie(**gateways["wujie"])) as provider:
        yield provider


@pytest.fixture
def jumdata(sandbox, gateways):
    with closing(Jumdata(**gateways["jumdata"])) as provider:
        yield provider


OPEN = (State.QUEUED, State.DRAWING, State.UNKNOWN)


def wujie_order(prompt="山水", num=1):
    body = {"model": 1, "num": num, "prompt": prompt, "width": 512, "height": 512}
    return Order("/ai/create", body, num)


def jumdata_order(text="山水", num=1):
    body = {"text": text, "resolution": "1024*1024", "style": "古风", "num": num}
    return Order("/ai/draw/submit", body, num)


def finished(provider, submitted, seconds=60):
    """The updates of a submit's tasks, once none of them is open."""
    keys = [task.key for task in submitted.tasks]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        updates = provider.poll(keys)
        if not any(update.state in OPEN for update in updates):
            return updates
        time.sleep(0.05)
    raise AssertionError(f"still open: {updates}")


def test_a_wujie_drawing_from_quote_to_pictures(wujie):
    order = wujie_order(num=3)
    quote = wujie.quote(order)
    before = wujie.balance()
    submitted = wujie.submit(order, notify_url="")
    assert quote.unit is submitted.unit is Unit.INTEGRAL
    assert quote.cost == submitted.expected_cost > 0
    assert quote.ahead is not None
    assert len({task.key for task in submitted.tasks}) == 3
    updates = finished(wujie, submitted)
    assert [update.key for update in updates] == [task.key for task in submitted.tasks]
    for update in updates:
        assert update.state is State.SUCCEEDED
        assert update.cost_state is CostState.CHARGED
        assert update.audit.verdict is Verdict.PASS
        assert len(update.picture_urls) == 1
    spent = sum(update.cost for update in updates)
    assert before - wujie.balance() == spent == quote.cost


def test_detail_says_what_the_poll_says(wujie):
    submitted = wujie.submit(wujie_order())
    (polled,) = finished(wujie, submitted)
    detail = wujie.detail(polled.key)
    less = {"raw": None, "percent": None, "ahead": None, "step_seconds": None}
    assert replace(detail, **less) == replace(polled, expected_seconds=None, **less)


@pytest.mark.parametrize(
    ("prompt", "audit"),
    [
        ("山水", (Verdict.PASS, False, False)),
        ("sandbox:review", (Verdict.REVIEW, False, False)),
        ("sandbox:porn_review", (Verdict.REVIEW, False, False)),
        ("sandbox:block", (Verdict.BLOCK, False, False)),
        ("sandbox:yellow", (Verdict.BLOCK, False, True)),
        ("sandbox:check_fail", (None, True, False)),
        ("sandbox:no_audit", (Verdict.MISSING, False, False)),
        ("sandbox:old_audit", (Verdict.PASS, False, False)),
    ],
)
def test_every_audit_by_poll_and_by_detail(wujie, prompt, audit):
    (polled,) = finished(wujie, wujie.submit(wujie_order(prompt)))
    verdict, check_failed, is_offending = audit
    assert polled.audit.check_failed is check_failed
    assert polled.audit.is_offending is is_offending
    assert verdict in (None, polled.audit.verdict)
    assert replace(wujie.detail(polled.key).audit, labels=()) == replace(
        polled.audit, labels=()
    )


def test_porn_in_review_stands_among_the_labels(wujie):
    (update,) = finished(wujie, wujie.submit(wujie_order("sandbox:porn_review")))
    verdicts = {label.label: label.verdict for label in update.audit.labels}
    assert verdicts["porn"] is Verdict.REVIEW
    assert verdicts["politics"] is Verdict.PASS


@pytest.mark.parametrize("prompt", ["sandbox:fail", "sandbox:fail12"])
def test_a_failure_has_its_code_and_words_and_is_refunded(wujie, prompt):
    (update,) = finished(wujie, wujie.submit(wujie_order(prompt)))
    assert update.state is State.FAILED
    assert update.failure_code == "1"
    assert update.failure_message
    assert (update.cost, update.cost_state) == (0, CostState.REFUNDED)
    assert update.picture_urls == ()


def test_a_cost_that_is_pending_and_then_short(sandbox, wujie):
    sandbox.switch(settling_seconds=1)
    submitted = wujie.submit(wujie_order("sandbox:short"))
    (update,) = finished(wujie, submitted)
    assert update.cost_state is CostState.PENDING
    end = time.monotonic() + 60
    while update.cost_state is CostState.PENDING and time.monotonic() < end:
        time.sleep(0.05)
        (update,) = wujie.poll([update.key])
    assert update.cost_state is CostState.SHORT
    assert 0 < update.cost < submitted.expected_cost


@pytest.mark.parametrize(
    ("gateway_name", "order", "code"),
    [
        ("wujie", wujie_order("sandbox:refuse"), "20110001"),
        ("jumdata", jumdata_order("sandbox:refuse"), "202"),
        ("wujie", wujie_order(num=0), "20010001"),
    ],
)
def test_a_prompt_that_the_gateway_refuses(request, gateway_name, order, code):
    provider = request.getfixturevalue(gateway_name)
    with pytest.raises(Refused) as caught:
        provider.submit(order)
    assert caught.value.code == code
    assert caught.value.message


def test_a_key_that_the_gateway_does_not_know_is_unknown(wujie):
    submitted = wujie.submit(wujie_order())
    known = submitted.tasks[0].key
    updates = wujie.poll(["F" * 32, known])
    assert updates[0].state is State.UNKNOWN
    assert updates[1].state is not State.UNKNOWN


def test_cancel_while_queued_and_too_late(sandbox, wujie):
    sandbox.switch(draw_seconds=2)
    submitted = wujie.submit(wujie_order(num=8))
    last = submitted.tasks[-1].key
    (waiting,) = wujie.poll([last])
    assert waiting.state is State.QUEUED
    assert waiting.ahead > 0
    wujie.cancel(last)
    (cancelled,) = wujie.poll([last])
    assert cancelled.state is State.CANCELLED
    assert cancelled.cost_state is CostState.REFUNDED
    with pytest.raises(Refused) as caught:
        wujie.cancel(last)
    assert caught.value.code == "20110011"
    for task in submitted.tasks[4:-1]:
        wujie.cancel(task.key)


def test_accelerate_while_queued_and_too_late(sandbox, wujie):
    sandbox.switch(draw_seconds=9, channels={"wujie": 1, "jumdata": 1})
    wujie.submit(wujie_order(num=3))
    last = wujie.submit(wujie_order(num=1)).tasks[0].key
    (waiting,) = wujie.poll([last])
    assert (waiting.ahead, waiting.step_seconds) == (2, 9)
    wujie.accelerate(last, 2)
    (moved,) = wujie.poll([last])
    assert moved.ahead == 0
    wujie.cancel(last)
    with pytest.raises(Refused) as caught:
        wujie.accelerate(last, 1)
    assert caught.value.code == "20110009"


def test_the_catalogue_is_read(wujie):
    models = wujie.models()
    assert models
    assert all(model.code and model.name for model in models)
    resources = wujie.resources(models[0].code)
    assert all(width > 0 and height > 0 for width, height in resources.sizes)
    assert resources.sizes
    assert resources.styles


def test_a_jumdata_drawing_from_submit_to_pictures(jumdata):
    submitted = jumdata.submit(jumdata_order(num=2))
    assert submitted.expected_cost == 2
    assert submitted.unit is Unit.IMAGE
    (update,) = finished(jumdata, submitted)
    assert update.state is State.SUCCEEDED
    assert len(update.picture_urls) == 2
    assert update.audit.verdict is Verdict.MISSING


def test_a_style_that_jumdata_does_not_have_is_refused(jumdata):
    order = jumdata_order()
    with pytest.raises(Refused, match="风格值不正确"):
        jumdata.submit(replace(order, body={**order.body, "style": "x"}))


def test_a_jumdata_task_that_does_not_exist_has_failed(jumdata):
    update = jumdata.detail("0" * 32)
    assert (update.state, update.failure_code) == (State.FAILED, "201")


def test_wrong_credentials_are_unauthorized(sandbox, gateways, private_key):
    right = gateways["wujie"], gateways["jumdata"]
    wrong = [
        Wujie(**{**right[0], "app_id": "stranger"}),
        Wujie(**{**right[0], "private_key": private_key}),
        Jumdata(**{**right[1], "app_id": "stranger"}),
        Jumdata(**{**right[1], "app_secret": "wrong"}),
    ]
    for provider in wrong:
        with closing(provider), pytest.raises(Unauthorized):
            provider.detail("A")


def test_a_wrong_clock_is_unauthorized(wujie, jumdata, monkeypatch):
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 3600)
    monkeypatch.setattr(time, "time_ns", lambda: int((now - 3600) * 1e9))
    with pytest.raises(Unauthorized):
        wujie.balance()
    with pytest.raises(Unauthorized):
        jumdata.submit(jumdata_order())


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
def test_what_a_fault_makes_of_a_submit(sandbox, wujie, fault, kind):
    sandbox.switch(faults={"wujie.create": {**fault, "times": 1}})
    with pytest.raises(ProviderError) as caught:
        wujie.submit(wujie_order())
    assert type(caught.value) is kind
    assert wujie.submit(wujie_order()).tasks  # the client goes on


@pytest.mark.parametrize("fault", [fault for fault, kind in FAULTS if kind is Unknown])
def test_what_a_fault_makes_of_a_poll(sandbox, wujie, fault):
    submitted = wujie.submit(wujie_order())
    sandbox.switch(faults={"wujie.generating_info": {**fault, "times": 1}})
    with pytest.raises(ProviderError) as caught:
        wujie.poll([submitted.tasks[0].key])
    assert type(caught.value) is Unavailable
    (update,) = finished(wujie, submitted)
    assert update.state is State.SUCCEEDED


def test_many_threads_share_one_client(wujie):
    keys = [task.key for task in wujie.submit(wujie_order(num=25)).tasks]
    with ThreadPoolExecutor(16) as pool:
        polls = list(pool.map(lambda _: wujie.poll(keys), range(64)))
    assert all([update.key for update in updates] == keys for updates in polls)


@pytest.mark.parametrize("fault", ["drop", "late_answer"])
def test_a_lost_answer_stands_in_the_history(sandbox, wujie, impatient, fault):
    order = wujie_order("唯一", num=2)
    wujie.submit(wujie_order("before"))
    since = time.time() - 1
    sandbox.switch(faults={"wujie.create": {"kind": fault, "seconds": 1.5}})
    with pytest.raises(Unknown):
        wujie.submit(order)
    traces = [wujie.trace(key) for page in wujie.history() for key in page]
    ours = [t for t in traces if wujie.fingerprint(order).admits(t.fingerprint)]
    assert (len(traces), len(ours)) == (3, 2)
    assert all(trace.made_at.timestamp() >= since - 1 for trace in ours)
    assert {t.key for t in ours} <= {job["key"] for job in sandbox.state()["jobs"]}


def test_a_key_that_the_gateway_does_not_know_has_no_trace(wujie):
    with pytest.raises(Refused):
        wujie.trace("F" * 32)


@pytest.fixture
def impatient(wujie, monkeypatch):
    quick = Timeouts(connect=1, read=0.5, submit=0.3)
    monkeypatch.setattr(wujie._line, "_timeouts", quick)
