"""Jumdata's answers, as recorded and as the contract warns that they may come (§9)."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.providers.base import (
    CostState,
    Order,
    Quote,
    Resources,
    State,
    SubmittedTask,
    Verdict,
)
from gateways.providers.errors import (
    ProviderError,
    Refused,
    Unauthorized,
    Unavailable,
    Unknown,
)
from gateways.providers.jumdata.answers import update
from spend.units import Unit

BODY = {"text": "山水", "resolution": "1024*1536", "style": "low poly", "num": 3}
ORDER = Order("/ai/draw/submit", BODY, 3)


def done(**data):
    return {
        "code": 200,
        "msg": "成功",
        "taskNo": "4" * 24,
        "charge": False,
        "data": data,
    }


def test_a_recorded_submit_is_one_task_billed_by_the_picture(jumdata, gateway, sample):
    body = sample("jumdata_draw_submit.response_success")
    gateway.answer(body)
    submitted = jumdata.submit(ORDER)
    assert gateway.request.url == "https://api.example/ai/draw/submit"
    # Not taskNo, which is the number of the request.
    assert submitted.tasks == (SubmittedTask("xxxx"),)
    assert submitted.expected_cost == 3
    assert submitted.unit is Unit.IMAGE
    assert submitted.is_billed
    assert submitted.raw == body


def test_the_resolution_keeps_its_asterisk(jumdata, gateway, sample):
    gateway.answer(sample("jumdata_draw_submit.response_success"))
    jumdata.submit(ORDER)
    form = dict(parse_qsl(gateway.request.content.decode()))
    assert form["resolution"] == "1024*1536"


def test_no_notify_url_is_sent_as_no_callback_exists(jumdata, gateway, sample):
    gateway.answer(sample("jumdata_draw_submit.response_success"))
    jumdata.submit(ORDER, notify_url="https://portal.example/x")
    assert b"notify" not in gateway.request.content
    assert b"portal" not in gateway.request.content


@pytest.mark.parametrize(
    ("charge", "cost"),
    [({"charge": True}, 3), ({"charge": False}, 0), ({}, 3), ({"charge": None}, 3)],
)
def test_the_bill_follows_the_charge_flag(jumdata, gateway, charge, cost):
    gateway.answer({"code": 200, "data": {"taskId": "a"}, **charge})
    assert jumdata.submit(ORDER).expected_cost == cost


@pytest.mark.parametrize("data", [None, {}, [], {"taskId": ""}, {"taskId": {}}])
def test_an_accepted_submit_without_a_task_is_unknown(jumdata, gateway, data):
    gateway.answer({"code": 200, "charge": True, "data": data})
    with pytest.raises(Unknown) as caught:
        jumdata.submit(ORDER)
    assert '"charge": true' in caught.value.raw


def test_a_recorded_refusal_of_a_submit(jumdata, gateway, sample):
    gateway.answer(sample("jumdata_draw_submit.response_failure_400"))
    with pytest.raises(Refused) as caught:
        jumdata.submit(ORDER)
    assert (caught.value.code, caught.value.message) == ("400", "风格值不正确")
    assert "255033697205413852131601" in caught.value.raw


def test_a_recorded_refusal_of_a_query(jumdata, gateway, sample):
    gateway.answer(sample("jumdata_draw_query.response_failure_400"))
    with pytest.raises(Refused, match="taskId不能为空"):
        jumdata.detail("")


def test_the_recorded_query_is_read(jumdata, gateway, sample):
    body = sample("jumdata_draw_query.response_success_done")
    gateway.answer(body)
    (found,) = jumdata.poll(["xxxx"])
    form = dict(parse_qsl(gateway.request.content.decode()))
    assert gateway.request.url == "https://api.example/ai/draw/query"
    assert form["taskId"] == "xxxx"
    assert set(form) == {"taskId", "appId", "timestamp", "sign"}
    assert (found.key, found.state) == ("xxxx", State.SUCCEEDED)
    assert found.picture_urls == ("xxxxx",)
    assert found.raw == body


def test_a_finished_query_has_no_audit_and_tells_no_cost(jumdata, gateway, sample):
    gateway.answer(sample("jumdata_draw_query.response_success_done"))
    found = jumdata.detail("xxxx")
    assert found.audit.verdict is Verdict.MISSING
    assert (found.cost, found.cost_state) == (None, CostState.UNKNOWN)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (1, State.SUCCEEDED),
        ("1", State.SUCCEEDED),
        (0, State.DRAWING),
        ("0", State.DRAWING),
        (2, State.UNKNOWN),
        (None, State.UNKNOWN),
        ("done", State.UNKNOWN),
        (True, State.UNKNOWN),
    ],
)
def test_the_status_as_number_and_as_string(status, state):
    assert update("a", done(status=status)).state is state


@pytest.mark.parametrize("urls", [{}, {"img": None, "imgUrls": None}, {"imgUrls": []}])
def test_pictures_may_be_missing_while_it_is_drawn(urls):
    found = update("a", done(status=0, **urls))
    assert found.state is State.DRAWING
    assert found.picture_urls == ()
    assert found.audit is None


def test_pictures_are_not_taken_before_it_is_finished():
    early = done(status=0, img="u1", imgUrls=[{"image": "u1"}])
    assert update("a", early).picture_urls == ()


@pytest.mark.parametrize(
    ("data", "urls"),
    [
        ({"img": "u1", "imgUrls": [{"image": "u1"}, {"image": "u2"}]}, ("u1", "u2")),
        ({"img": "u1", "imgUrls": ["u1", "u2"]}, ("u1", "u2")),
        (
            {"img": "u1", "imgUrls": [{"image": None}, {}, None, {"image": "u2"}]},
            ("u2",),
        ),
        ({"img": "u1", "imgUrls": []}, ("u1",)),
        ({"img": "u1", "imgUrls": None}, ("u1",)),
        ({"img": "u1", "imgUrls": {"image": "u2"}}, ("u1",)),
        ({"img": "u1"}, ("u1",)),
        ({"img": None}, ()),
        ({}, ()),
    ],
)
def test_pictures_are_found_wherever_they_stand(data, urls):
    assert update("a", done(status=1, **data)).picture_urls == urls


@pytest.mark.parametrize("data", [None, [], "x", 4])
def test_a_query_without_an_object_is_unknown(data):
    envelope = {"code": 200, "data": data}
    found = update("a", envelope)
    assert found.state is State.UNKNOWN
    assert found.raw == envelope


def test_an_expired_or_wrong_task_has_failed(jumdata, gateway):
    gateway.answer({"code": 201, "msg": "taskId不存在", "charge": False})
    found = jumdata.detail("gone")
    assert (found.key, found.state) == ("gone", State.FAILED)
    assert (found.failure_code, found.failure_message) == ("201", "taskId不存在")


CLASSES = [
    (202, Refused, Refused),
    (400, Refused, Refused),
    (404, Unavailable, Unavailable),
    (500, Unavailable, Unavailable),
    (601, Unauthorized, Unauthorized),
    (602, Unauthorized, Unauthorized),
    (604, Unauthorized, Unauthorized),
    (606, Unavailable, Unavailable),
    (607, Unauthorized, Unauthorized),
    (609, Unavailable, Unavailable),
    (610, Unknown, Unavailable),
    (999, Refused, Refused),
    (603, Refused, Refused),
]


@pytest.mark.parametrize("number", [int, str])
@pytest.mark.parametrize(("code", "on_submit", "on_query"), CLASSES)
def test_every_code_on_a_submit_and_on_a_query(
    jumdata, gateway, code, on_submit, on_query, number
):
    answer = {"code": number(code), "msg": "请稍候", "charge": False}
    gateway.answer(answer)
    with pytest.raises(ProviderError) as caught:
        jumdata.submit(ORDER)
    assert type(caught.value) is on_submit
    assert caught.value.code == str(code)
    assert "请稍候" in caught.value.message
    gateway.answer(answer)
    with pytest.raises(ProviderError) as caught:
        jumdata.detail("a")
    assert type(caught.value) is on_query


@pytest.mark.parametrize("code", [400, 500, 609, 999, 12345])
def test_a_failed_submit_that_was_billed_is_unknown(jumdata, gateway, code):
    gateway.answer({"code": code, "msg": "?", "charge": True})
    with pytest.raises(Unknown) as caught:
        jumdata.submit(ORDER)
    assert caught.value.code == str(code)


@pytest.mark.parametrize(
    "msg", ["sign不正确", "appId不存在", "签名错误", "timestamp已过期"]
)
def test_a_bad_parameter_that_is_about_us_is_unauthorized(jumdata, gateway, msg):
    gateway.answer({"code": 400, "msg": msg, "charge": False})
    with pytest.raises(Unauthorized, match=msg):
        jumdata.submit(ORDER)


@pytest.mark.parametrize("msg", ["风格值不正确", "text含有design", "assigned"])
def test_a_bad_parameter_that_is_not_about_us_is_refused(jumdata, gateway, msg):
    gateway.answer({"code": 400, "msg": msg, "charge": False})
    with pytest.raises(Refused):
        jumdata.submit(ORDER)


@pytest.mark.parametrize(("code", "seconds"), [(500, 120), (606, 600), (609, 3)])
def test_how_long_to_stay_away(jumdata, gateway, code, seconds):
    gateway.answer({"code": code, "msg": "请稍候再试"})
    with pytest.raises(Unavailable) as caught:
        jumdata.detail("a")
    assert caught.value.retry_after == seconds


def test_the_gateways_own_retry_after_comes_first(jumdata, gateway):
    gateway.answer({"code": 500, "msg": "请稍候再试"}, **{"Retry-After": "7"})
    with pytest.raises(Unavailable) as caught:
        jumdata.detail("a")
    assert caught.value.retry_after == 7


def test_a_price_is_the_number_of_pictures_and_asks_nothing(jumdata, gateway):
    assert jumdata.quote(ORDER) == Quote(3, Unit.IMAGE)
    assert gateway.requests == []


def test_what_is_not_offered_is_said_without_asking(jumdata, gateway):
    with pytest.raises(Refused, match="no way to cancel"):
        jumdata.cancel("a")
    with pytest.raises(Refused, match="no way to accelerate"):
        jumdata.accelerate("a", 1)
    assert jumdata.balance() is None
    assert jumdata.models() == []
    assert jumdata.resources("1") == Resources()
    assert gateway.requests == []


wild = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
wild = wild | st.lists(wild, max_size=3) | st.dictionaries(st.text(max_size=5), wild)
fields = st.sampled_from(["status", "img", "imgUrls"])


@given(wild | st.dictionaries(fields, wild))
def test_no_query_raises_whatever_its_types(data):
    assert update("a", {"code": 200, "data": data}).key == "a"
