"""Wujie's answers, as recorded and as the contract warns that they may come (§14)."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateways.providers.base import (
    Choice,
    CostState,
    Model,
    Order,
    Quote,
    Resources,
    State,
    SubmittedTask,
    Verdict,
)
from gateways.providers.errors import ProviderError, Refused, Unavailable, Unknown
from gateways.providers.wujie.answers import update
from gateways.providers.wujie.client import Wujie
from spend.units import Unit

KEY = "C5B5FE8DBF3679D9049342C130341BD9"
BODY = {"model": 1, "num": 2, "prompt": "空山新雨", "width": 512, "height": 512}
ORDER = Order("/ai/create", BODY, 2)


def ok(data):
    return {"code": "200", "message": "success", "data": data}


def row(**fields):
    """The recorded row of a poll, finished, with some of it changed."""
    return {
        "key": KEY,
        "status": 4,
        "picture_url": "https://cdn.example/a.png",
        "integral_cost": 4,
        "integral_cost_message": "积分已扣除",
        "fail_message": {"fail_code": 0, "fail_message": "success"},
        **fields,
    }


# Submit


def test_submit_posts_the_body_with_the_notify_url(wujie, gateway):
    gateway.answer(ok({"keys": [KEY]}))
    wujie.submit(ORDER, notify_url="https://portal.example/callbacks/x/")
    request = gateway.request
    assert request.method == "POST"
    assert request.url == "https://gate.example/wj-open/v1/ai/create"
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.content) == {
        **BODY,
        "notify_url": "https://portal.example/callbacks/x/",
    }


def test_submit_without_callback_sends_no_notify_url(wujie, gateway):
    gateway.answer(ok({"keys": [KEY]}))
    wujie.submit(ORDER)
    assert json.loads(gateway.request.content) == BODY
    assert "notify_url" not in ORDER.body


def test_submit_reads_keys_seconds_and_the_cost_of_the_whole_request(wujie, gateway):
    data = {
        "keys": ["A", "B"],
        "results": [
            {"key": "B", "expected_second": 12, "batch_task_key": "X"},
            {"key": "A", "expected_second": "7", "batch_task_key": "X"},
        ],
        "expected_integral_cost": 8,
    }
    gateway.answer(ok(data))
    submitted = wujie.submit(ORDER)
    assert submitted.tasks == (SubmittedTask("A", 7), SubmittedTask("B", 12))
    assert submitted.expected_cost == 8
    assert submitted.unit is Unit.INTEGRAL
    assert submitted.raw == data
    assert not submitted.is_billed


def test_the_sample_whose_keys_are_others_goes_by_its_results(wujie, gateway, sample):
    gateway.answer(sample("avatar_artwork_create.response_success"))
    submitted = wujie.submit(ORDER)
    assert submitted.tasks == (SubmittedTask(KEY, 12),)
    assert submitted.expected_cost == 2


def test_a_single_key_has_its_estimate_beside_it(wujie, gateway):
    gateway.answer(ok({"key": KEY, "expected_second": 600}))
    assert wujie.submit(ORDER).tasks == (SubmittedTask(KEY, 600),)


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        ({"keys": ["A", "B"]}, ["A", "B"]),
        ({"keys": "A"}, ["A"]),
        ({"key": "A"}, ["A"]),
        ({"results": [{"key": "A"}, {"key": "B"}]}, ["A", "B"]),
        ({"results": [{"key": "A"}], "keys": None}, ["A"]),
        ({"results": [{"key": "A"}], "keys": ["A", "B"]}, ["A", "B"]),
        ({"results": None, "keys": ["A", None, "", 5, "A"]}, ["A", "5"]),
        ({"results": ["A", {"no": "key"}], "keys": ["B"]}, ["B"]),
    ],
)
def test_keys_are_found_wherever_they_stand(wujie, gateway, data, keys):
    gateway.answer(ok(data))
    submitted = wujie.submit(ORDER)
    assert [task.key for task in submitted.tasks] == keys
    assert submitted.expected_cost is None


@pytest.mark.parametrize("data", [None, {}, [], "", {"keys": []}, {"keys": [{}]}, 7])
def test_an_accepted_submit_without_a_key_is_unknown(wujie, gateway, data):
    gateway.answer(ok(data))
    with pytest.raises(Unknown) as caught:
        wujie.submit(ORDER)
    assert json.loads(caught.value.raw) == data


def test_success_is_recognised_as_string_and_as_number(wujie, gateway):
    for code in ("200", 200):
        gateway.answer({"code": code, "data": {"balance": 3}})
        assert wujie.balance() == 3


# Poll


def test_poll_sends_a_bare_array(wujie, gateway):
    gateway.answer(ok({"list": []}))
    wujie.poll(["A", "B"])
    assert gateway.request.url.path == "/wj-open/v1/ai/generating_info"
    assert json.loads(gateway.request.content) == ["A", "B"]


def test_poll_of_nothing_asks_nothing(wujie, gateway):
    assert wujie.poll([]) == []
    assert gateway.requests == []


def test_the_recorded_poll_is_read(wujie, gateway, sample):
    body = sample("ai_generating_info.response_as_printed")
    gateway.answer(body)
    (found,) = wujie.poll([KEY])
    assert found.key == KEY
    assert found.state is State.QUEUED
    assert found.percent == 71.34
    assert found.ahead == 496
    assert found.expected_seconds == 266
    assert found.picture_urls == ()  # "www.isidro-stehr.com", of a queued task
    assert found.audit is None
    assert (found.cost, found.cost_state) == (4, CostState.CHARGED)
    assert (found.failure_code, found.failure_message) == ("", "")
    assert found.model_prompt == "e3mkpc"
    assert found.raw == body["data"]["list"][0]


def test_the_recorded_poll_once_it_is_done(wujie, gateway, sample):
    body = sample("ai_generating_info.response_as_printed")
    body["data"]["list"][0]["status"] = 4
    gateway.answer(body)
    (found,) = wujie.poll([KEY])
    assert found.state is State.SUCCEEDED
    assert found.picture_urls == ("www.isidro-stehr.com",)
    assert found.audit.verdict is Verdict.PASS
    assert len(found.audit.labels) == 5


def test_rows_are_matched_by_key_and_never_by_position(wujie, gateway):
    gateway.answer(ok({"list": [row(key="B", status=2), row(key="A", status=1)]}))
    found = wujie.poll(["A", "B"])
    assert [(one.key, one.state) for one in found] == [
        ("A", State.QUEUED),
        ("B", State.DRAWING),
    ]


def test_a_key_that_the_gateway_left_out_is_unknown(wujie, gateway):
    gateway.answer(ok({"list": [row(key="A")]}))
    found = wujie.poll(["A", "B"])
    assert [one.state for one in found] == [State.SUCCEEDED, State.UNKNOWN]
    assert found[1].raw is None  # the others' rows are not its evidence


@pytest.mark.parametrize(
    "data", [None, {}, [], "x", {"list": None}, {"list": {"a": 1}}]
)
def test_a_poll_without_a_list_leaves_all_unknown_with_the_answer(wujie, gateway, data):
    gateway.answer(ok(data))
    for found in wujie.poll(["A", "B"]):
        assert found.state is State.UNKNOWN
        assert found.raw == data


def test_one_bad_row_spoils_no_other(wujie, gateway):
    bad = {"key": "A", "status": {"x": 1}, "complete_percent": [], "audit_info": 4}
    listed = [None, "row", 4, [], {"no": "key"}, bad, row(key="B")]
    gateway.answer(ok({"list": listed}))
    first, second = wujie.poll(["A", "B"])
    assert first.state is State.UNKNOWN
    assert first.raw == bad
    assert second.state is State.SUCCEEDED


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (0, State.QUEUED),
        (11, State.QUEUED),
        (1, State.QUEUED),
        (2, State.DRAWING),
        (4, State.SUCCEEDED),
        (3, State.FAILED),
        (12, State.FAILED),
        (-1, State.CANCELLED),
        ("12", State.FAILED),
        ("-1", State.CANCELLED),
        (4.0, State.SUCCEEDED),
        (5, State.UNKNOWN),
        (-2, State.UNKNOWN),
        ("done", State.UNKNOWN),
        (True, State.UNKNOWN),
        (None, State.UNKNOWN),
    ],
)
def test_all_eight_statuses_and_unknown_ones(status, state):
    assert update(KEY, row(status=status)).state is state


def test_a_row_without_a_status_is_unknown():
    found = update(KEY, {"key": KEY})
    assert found.state is State.UNKNOWN
    assert found.raw == {"key": KEY}


@pytest.mark.parametrize("name", ["picture_url", "artwork_url"])
def test_the_picture_has_two_names(name):
    done = row(**{"picture_url": None, name: "https://cdn.example/b.jpg"})
    assert update(KEY, done).picture_urls == ("https://cdn.example/b.jpg",)


@pytest.mark.parametrize("url", [None, "", " ", False, {}, []])
def test_a_finished_row_without_a_readable_picture_has_none(url):
    found = update(KEY, row(picture_url=url))
    assert found.state is State.SUCCEEDED
    assert found.picture_urls == ()


def test_the_rest_of_the_wait_has_a_plural_name():
    waiting = update(KEY, row(status=1, expected_second=9, expected_seconds=30))
    assert waiting.expected_seconds == 30


@pytest.mark.parametrize(
    ("percent", "expected"),
    [
        (71.34, 71.34),
        ("50", 50.0),
        (0, 0.0),
        (140, 100.0),
        (-3, 0.0),
        (None, None),
        ("x", None),
    ],
)
def test_percent_stays_between_0_and_100(percent, expected):
    assert update(KEY, row(status=2, complete_percent=percent)).percent == expected


@pytest.mark.parametrize(
    ("message", "state"),
    [
        ("积分已扣除", CostState.CHARGED),
        ("积分已退还", CostState.REFUNDED),
        ("积分不足, 部分扣款失败", CostState.SHORT),
        ("积分不足，部分扣款失败", CostState.SHORT),
        ("积分扣除中，请稍后查询", CostState.PENDING),
        ("积分扣除中,请稍后查询", CostState.PENDING),
        ("不需要积分", CostState.FREE),
        ("something else", CostState.UNKNOWN),
        ("", CostState.UNKNOWN),
        (None, CostState.UNKNOWN),
        (4, CostState.UNKNOWN),
    ],
)
def test_the_cost_message_in_ascii_and_full_width_punctuation(message, state):
    assert update(KEY, row(integral_cost_message=message)).cost_state is state


@pytest.mark.parametrize(
    ("cost", "expected"),
    [(4, 4), ("4", 4), (0, 0), (None, None), (-2, None), ("x", None), (2**40, None)],
)
def test_the_cost_as_number_string_or_absent(cost, expected):
    assert update(KEY, row(integral_cost=cost)).cost == expected


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        ({"fail_code": 0, "fail_message": "success"}, ("", "")),
        ({"fail_code": "0", "fail_message": "success"}, ("", "")),
        ({"fail_code": 1, "fail_message": "作画超时"}, ("1", "作画超时")),
        ({"fail_code": "20110003", "fail_message": None}, ("20110003", "")),
        ({"fail_code": None, "fail_message": "作画失败"}, ("", "作画失败")),
        ("作画失败", ("", "作画失败")),
        (None, ("", "")),
        ([], ("", "")),
        ({}, ("", "")),
        ({"fail_code": {}, "fail_message": []}, ("", "")),
    ],
)
def test_the_failure_as_object_and_as_string(failure, expected):
    found = update(KEY, row(status=3, fail_message=failure))
    assert (found.failure_code, found.failure_message) == expected


@pytest.mark.parametrize("audit_info", [None, "", "broken {"])
def test_a_finished_row_without_a_readable_audit_is_missing_one(audit_info):
    found = update(KEY, row(audit_info=audit_info))
    assert found.audit.verdict is Verdict.MISSING
    assert "audit_info" not in row()
    assert update(KEY, row()).audit.verdict is Verdict.MISSING


def test_an_offending_picture_is_a_success_that_says_so():
    found = update(KEY, row(involve_yellow="1"))
    assert found.state is State.SUCCEEDED
    assert found.audit.is_offending
    assert found.picture_urls == ("https://cdn.example/a.png",)


def test_the_fields_of_a_success_callback_read_the_same(sample):
    callback = sample("ai_create.callback_success")
    found = update(callback["key"], {**callback, "status": 4})
    assert found.picture_urls == (callback["artwork_url"],)
    assert found.audit.verdict is Verdict.PASS
    assert (found.cost, found.cost_state) == (2, CostState.CHARGED)


def test_a_huge_row_keeps_only_the_head_of_its_answer():
    found = update(KEY, row(model_prompt="山" * 500_000))
    assert isinstance(found.raw, str)
    assert len(found.raw) == 20_000
    assert len(found.model_prompt) == 4000


wild = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
wild = wild | st.lists(wild, max_size=2) | st.dictionaries(st.text(max_size=3), wild)


@given(st.dictionaries(st.sampled_from([*row(), "audit_info", "involve_yellow"]), wild))
def test_no_row_raises_whatever_its_types(fields):
    assert update(KEY, row(**fields)).key == KEY


# Detail


def test_the_recorded_detail_is_read(wujie, gateway, sample):
    body = sample("ai_info.response_success")
    gateway.answer(body)
    found = wujie.detail(KEY)
    assert gateway.request.url == f"https://gate.example/wj-open/v1/ai/info?key={KEY}"
    assert gateway.request.method == "GET"
    assert found.key == KEY
    assert found.state is State.SUCCEEDED
    # Not the compressed copy: one key is one picture.
    assert found.picture_urls == (body["data"]["picture_url"],)
    assert found.audit.verdict is Verdict.PASS
    assert (found.cost, found.cost_state) == (4, CostState.CHARGED)
    assert found.model_prompt.endswith("; sketch")
    assert found.raw == body["data"]


@pytest.mark.parametrize("data", [None, [], "", 4])
def test_a_detail_without_an_object_is_unknown(wujie, gateway, data):
    gateway.answer(ok(data))
    found = wujie.detail(KEY)
    assert (found.key, found.state, found.raw) == (KEY, State.UNKNOWN, data)


# The free rest


PRICES = {
    "integral_use_on_create": 4,
    "integral_use_on_resolution": "2",
    "integral_use_on_style_model": 0,
    "integral_use_on_steps": None,
    "discount_integral": 1,
}


def test_a_quote_sums_the_uses_less_the_discount(wujie, gateway):
    gateway.answer(ok({"integral_use": PRICES}))
    gateway.answer(ok({"expected_seconds": 30, "queue_num": 7, "reduce_time": 2}))
    assert wujie.quote(ORDER) == Quote(5, Unit.INTEGRAL, expected_seconds=30, ahead=7)
    price, queue = gateway.requests
    assert price.url.path.endswith("/ai/price_info")
    assert json.loads(price.content) == BODY
    assert queue.url.path.endswith("/ai/model_info")
    assert queue.url.query == b"model=1"


@pytest.mark.parametrize(
    "queue", [{"code": "20010001", "message": "非法参数"}, ok(None), ok([]), b"<html>"]
)
def test_a_quote_does_without_the_queue(wujie, gateway, queue):
    gateway.answer(ok({"integral_use": PRICES}))
    gateway.answer(queue)
    assert wujie.quote(ORDER) == Quote(5, Unit.INTEGRAL)


def test_a_quote_is_never_negative(wujie, gateway):
    prices = {"integral_use_on_create": 2, "discount_integral": 9}
    gateway.answer(ok({"integral_use": prices}))
    gateway.answer(ok({}))
    assert wujie.quote(ORDER).cost == 0


@pytest.mark.parametrize(
    "data", [None, {}, {"integral_use": None}, {"integral_use": {}}]
)
def test_a_quote_without_a_price_is_unavailable(wujie, gateway, data):
    gateway.answer(ok(data), times=2)
    with pytest.raises(Unavailable):
        wujie.quote(ORDER)


def test_cancel_names_the_key(wujie, gateway):
    gateway.answer(ok("success"))
    wujie.cancel(KEY)
    assert gateway.request.url.path.endswith("/ai/cancel")
    assert json.loads(gateway.request.content) == {"key": KEY}


def test_accelerate_names_the_key_and_the_places(wujie, gateway):
    gateway.answer(ok("success"))
    wujie.accelerate(KEY, 3)
    assert gateway.request.url.path.endswith("/ai/accelerate")
    assert json.loads(gateway.request.content) == {"key": KEY, "step_num": 3}


@pytest.mark.parametrize("code", ["20110009", "20110010", "20110011"])
def test_a_clear_no_to_an_acceleration_is_refused(wujie, gateway, code):
    gateway.answer({"code": code, "message": "作品状态改变，请刷新后查看"})
    with pytest.raises(Refused) as caught:
        wujie.accelerate(KEY, 1)
    assert caught.value.code == code


def test_an_acceleration_without_an_answer_may_have_been_paid(wujie, gateway):
    gateway.answers.append(httpx.ReadTimeout("slow"))
    with pytest.raises(Unknown):
        wujie.accelerate(KEY, 1)


def test_a_poll_tells_what_a_place_saves():
    assert update(KEY, row(status=1, reduce_time=676)).step_seconds == 676
    assert update(KEY, row(status=1)).step_seconds is None


def test_a_cancel_that_came_too_late_is_refused(wujie, gateway):
    message = "该作品不在排队中,无法撤销"
    gateway.answer({"code": "20110011", "message": message, "data": None})
    with pytest.raises(Refused) as caught:
        wujie.cancel(KEY)
    assert (caught.value.code, caught.value.message) == ("20110011", message)


@pytest.mark.parametrize(
    ("data", "balance"),
    [({"balance": 12}, 12), ({"balance": "12"}, 12), ({}, None), (None, None)],
)
def test_the_balance_is_read_where_it_is_told(wujie, gateway, data, balance):
    gateway.answer(ok(data))
    assert wujie.balance() == balance
    assert gateway.request.url.path.endswith("/account/availableIntegralBalance")


def test_the_models_are_listed(wujie, gateway):
    listed = [
        {"type": 1, "model_code": 127, "model_version": "通用", "model_desc": "万能"},
        {"type": "7", "model_code": "90", "model_version": None},
        {"model_version": "no code"},
        None,
    ]
    gateway.answer(ok(listed))
    assert wujie.models() == [Model("127", "通用", "万能", 1), Model("90", "90", "", 7)]
    assert gateway.request.url.path.endswith("/ai/model_base_infos")


def test_the_resources_of_a_model_are_sizes_and_styles(wujie, gateway):
    sizes = [
        {"width": 512, "height": 768, "super_size_multiple": "2"},
        {"display_resolution": "1024*1024"},
        {"width": None, "height": 5, "display_resolution": "640*x"},
        {"width": 512, "height": 768},
        "512*512",
    ]
    menu = {
        "style": [{"name": "赛博朋克"}, {"name": ""}, {}, None, {"name": "赛博朋克"}],
        "resolution_new": {"resolution_key": "x", "resolution_list": sizes},
    }
    gateway.answer(ok({"create_option_menu": menu}))
    resources = wujie.resources("127")
    styles = {"style": (Choice("赛博朋克", "赛博朋克"),)}
    sizes = ((512, 768), (1024, 1024))
    assert resources == Resources(sizes, ("赛博朋克",), styles)
    assert gateway.request.url.query == b"model=127"


@pytest.mark.parametrize(
    "data", [None, {}, {"create_option_menu": {"resolution_new": [], "style": {}}}]
)
def test_resources_that_are_not_there_are_empty(wujie, gateway, data):
    gateway.answer(ok(data))
    assert wujie.resources("1") == Resources()


@given(wild)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_free_answer_raises_anything_but_our_errors(wujie, gateway, data):
    for ask in (wujie.models, wujie.balance):
        gateway.answer(ok(json.loads(json.dumps(data))))
        ask()
    gateway.answer(ok(data))
    wujie.resources("1")
    gateway.answer(ok(data))
    assert len(wujie.poll(["A"])) == 1


def test_no_answer_is_followed_elsewhere(wujie, gateway):
    gateway.answer(b"", 307, times=2, Location="https://evil.example/")
    with pytest.raises(Unavailable):
        wujie.balance()
    assert {request.url.host for request in gateway.requests} == {"gate.example"}


# History


def test_history_reads_the_first_pages_and_the_last(wujie, gateway):
    """Newest first is likely, but not documented (contract §7.7)."""
    total = 1234  # 13 pages
    for number in range(10):
        listed = [{"key": f"{number}-{n}"} for n in range(2)]
        gateway.answer(ok({"list": listed, "total": total}))
    keys = [key for page in wujie.history() for key in page]
    asked = [json.loads(request.content) for request in gateway.requests]
    assert [body["page_num"] for body in asked] == [0, 1, 2, 3, 4, 8, 9, 10, 11, 12]
    assert {body["ai_artwork_type"] for body in asked} == {"PICTURE"}
    assert {body["page_size"] for body in asked} == {100}
    assert keys[:3] == ["0-0", "0-1", "1-0"]
    assert len(keys) == 20


@pytest.mark.parametrize(
    ("newer", "total", "most"),
    [(0, 5000, 10), (250, 5000, 14), (250, None, 7), (10**6, 50_000, 100)],
)
def test_history_reads_on_below_what_is_newer(wujie, gateway, newer, total, most):
    for _ in range(most):
        gateway.answer(ok({"list": [{"key": KEY}], "total": total}))
    assert {key for page in wujie.history(newer) for key in page} == {KEY}
    assert gateway.answers == []
    asked = [json.loads(request.content)["page_num"] for request in gateway.requests]
    assert len(set(asked)) == most


@pytest.mark.parametrize(("total", "pages"), [(0, 1), (100, 1), (101, 2), (None, 5)])
def test_history_reads_no_page_that_is_not_there(wujie, gateway, total, pages):
    for _ in range(pages):
        gateway.answer(ok({"list": [{"key": KEY}, {"key": KEY}], "total": total}))
    assert {key for page in wujie.history() for key in page} == {KEY}
    assert gateway.answers == []


def test_the_first_page_is_an_option(gateway, private_key):
    transport = httpx.MockTransport(gateway)
    one = Wujie(
        "https://g.example", "a", private_key, first_page=1, transport=transport
    )
    gateway.answer(ok({"list": [], "total": 0}))
    assert list(one.history()) == [()]
    one.close()
    assert json.loads(gateway.request.content)["page_num"] == 1


@pytest.mark.parametrize("data", [None, [], {}, {"list": None}, {"list": [7, {}]}])
def test_a_history_without_keys_is_empty(wujie, gateway, data):
    for _ in range(5):
        gateway.answer(ok(data))
    assert set(wujie.history()) == {()}


def test_a_trace_is_what_the_order_said(wujie, gateway):
    body = {**BODY, "width": 97, "height": 500, "seed": "42", "prompt": " 空山新雨 "}
    told = {
        **BODY,
        "width": 128,
        "height": 512,
        "seed": 42,
        "generate_time": 1667800436,
    }
    gateway.answer(ok(told))
    trace = wujie.trace(KEY)
    order = wujie.fingerprint(Order("/ai/create", body, 2))
    assert order.admits(trace.fingerprint)
    assert trace.made_at == datetime(2022, 11, 7, 5, 53, 56, tzinfo=UTC)
    assert gateway.request.url.params["key"] == KEY


def test_an_order_without_a_seed_admits_any(wujie):
    plain = wujie.fingerprint(ORDER)
    seeded = wujie.fingerprint(Order("", {**BODY, "seed": "42"}, 2))
    assert plain.admits(seeded)
    assert not seeded.admits(plain)


def test_an_order_without_a_size_admits_any(wujie):
    """The gateway finds it in the picture (``create_source`` 1)."""
    body = {name: BODY[name] for name in ("model", "prompt")}
    unsized = wujie.fingerprint(Order("/ai/create", body, 2))
    assert unsized.admits(wujie.fingerprint(ORDER))
    assert not wujie.fingerprint(ORDER).admits(unsized)


@pytest.mark.parametrize("data", [None, [], {"width": 2**31 - 1, "generate_time": 0}])
def test_a_trace_that_tells_nothing_agrees_with_nothing(wujie, gateway, data):
    gateway.answer(ok(data))
    trace = wujie.trace(KEY)
    assert trace.made_at is None
    assert not wujie.fingerprint(ORDER).admits(trace.fingerprint)
    assert trace.fingerprint.width < 2**31


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b'{"key": "K", "success": true}', "K"),
        (b'{"key": 7}', "7"),
        (b"[]", ""),
        (b"\xff", ""),
        (b"", ""),
        (json.dumps({"key": "x" * 101}).encode(), ""),
    ],
)
def test_a_callback_names_a_key_or_none(wujie, body, named):
    assert wujie.called(body) == named


# Free reads that no schedule repeats

READS = {
    "price": (lambda wujie: wujie.quote(ORDER), {"integral_use": {"integral_use": 4}}),
    "balance": (lambda wujie: wujie.balance(), {"balance": 5}),
    "models": (lambda wujie: wujie.models(), []),
    "resources": (lambda wujie: wujie.resources("1"), {}),
    "lists": (lambda wujie: wujie.lists(), {}),
    "details": (lambda wujie: wujie.describe(KEY), {"key": KEY}),
    "parameters": (lambda wujie: wujie.recall([KEY]), []),
    "photos": (lambda wujie: wujie.check_photos(["https://x.example/a"]), {}),
}
BAD_GATEWAY = b"<html>502 Bad Gateway</html>"


@pytest.mark.parametrize("name", READS)
def test_a_read_that_fails_once_is_repeated(wujie, gateway, name):
    read, data = READS[name]
    gateway.answer(BAD_GATEWAY, 502)
    gateway.answer(ok(data), times=2)
    read(wujie)
    first, second = gateway.requests[:2]
    assert first.url == second.url
    assert (first.method, first.content) == (second.method, second.content)


@pytest.mark.parametrize("name", READS)
def test_it_is_repeated_once(wujie, gateway, name):
    gateway.answer(BAD_GATEWAY, 502, times=9)
    with pytest.raises(Unavailable):
        READS[name][0](wujie)
    assert len(gateway.requests) == 2


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (503, BAD_GATEWAY, {"Retry-After": "3"}),
        (200, json.dumps({"code": "429", "message": "too often"}).encode(), {}),
        (401, BAD_GATEWAY, {}),
        (200, json.dumps({"code": "20110001", "message": "no"}).encode(), {}),
    ],
    ids=["wait", "429", "unauthorized", "refused"],
)
def test_what_would_fail_again_is_not_repeated(wujie, gateway, status, body, headers):
    gateway.answer(body, status, times=2, **headers)
    with pytest.raises(ProviderError):
        wujie.balance()
    assert len(gateway.requests) == 1


def test_after_a_whole_read_of_silence_it_is_not_repeated(wujie, gateway, monkeypatch):
    """The second one would make a page wait twice as long."""
    times = iter((0.0, 10.0))
    clock = SimpleNamespace(monotonic=lambda: next(times))
    monkeypatch.setattr("gateways.providers.http.time", clock)
    gateway.answers = [httpx.ReadTimeout("slow"), httpx.ReadTimeout("slow")]
    with pytest.raises(Unavailable):
        wujie.balance()
    assert len(gateway.requests) == 1


@pytest.mark.parametrize(
    "call",
    [
        lambda wujie: wujie.submit(ORDER),
        lambda wujie: wujie.accelerate(KEY, 1),
        lambda wujie: wujie.cancel(KEY),
        lambda wujie: wujie.delete_avatar(KEY),
        lambda wujie: wujie.poll([KEY]),
        lambda wujie: wujie.trace(KEY),
    ],
    ids=["submit", "accelerate", "cancel", "delete", "poll", "trace"],
)
def test_no_other_call_is_repeated(wujie, gateway, call):
    """What costs or changes something; and reads that come again by themselves."""
    gateway.answer(BAD_GATEWAY, 502, times=2)
    with pytest.raises(ProviderError):
        call(wujie)
    assert len(gateway.requests) == 1
