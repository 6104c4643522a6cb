"""Each of the vendors' own samples, parsed or produced by the real clients.

What belongs to operations that are not offered is sent and read as it is printed: a
declaration that writes such a body puts exactly that on the wire.
"""

import json

import pytest

from gateways.providers.base import Family, Order, State, Verdict
from gateways.providers.errors import Refused, Unknown
from gateways.providers.jumdata.client import Jumdata
from tests.conftest import BASE_DIR

NAMES = {path.stem for path in (BASE_DIR / "tests/samples").glob("*.json")}
#: Bodies that are posted, and bare arrays of keys.
REQUESTS = {name for name in NAMES if ".request" in name and "inbound" not in name}
ARRAYS = {name for name in REQUESTS if "generating_info" in name}
CALLBACKS = {name for name in NAMES if ".callback_" in name}
#: Replies with a key for each picture, and others in the envelope.
SUBMITTED = {
    "avatar_artwork_create.response_success": ["C5B5FE8DBF3679D9049342C130341BD9"],
    "images_generations.response_success": ["3E46BF62A51256A96EEFB73079BD55E2"],
}
POLLED = {
    "ai_generating_info.response_as_printed": ("C5B5FE8DBF3679D9049342C130341BD9", 4),
    "ai_pro_generating_info.response_as_printed": (
        "C5B5FE8DBF3679D9049342C130341BD9",
        None,
    ),
}
WITHOUT_KEY = {
    "image_service_create.response_as_printed",
    "mirror_init_image_check.response_as_printed",
    "qps_calculate.response_as_printed",
}
#: Those with a test of their own, below.
OTHERS = {
    "ai_info.audit_info_inner",
    "ai_info.response_success",
    "auth.authorization_header_template_as_printed",
    "chat_completions.response_chunk_as_printed",
    "fault_notice.inbound_request",
    "jumdata_draw_query.response_failure_400",
    "jumdata_draw_query.response_success_done",
    "jumdata_draw_submit.response_failure_400",
    "jumdata_draw_submit.response_success",
}


def test_no_sample_is_forgotten():
    known = REQUESTS | CALLBACKS | set(SUBMITTED) | set(POLLED) | WITHOUT_KEY | OTHERS
    assert known == NAMES


@pytest.mark.parametrize("name", sorted(REQUESTS - ARRAYS))
def test_a_body_goes_out_as_printed(name, wujie, gateway, sample):
    printed = sample(name)
    body = {field: value for field, value in printed.items() if field != "notify_url"}
    gateway.answer(sample("images_generations.response_success"))
    wujie.submit(Order("/x", body, 1), notify_url=printed.get("notify_url", ""))
    assert json.loads(gateway.request.content) == printed


@pytest.mark.parametrize("name", sorted(ARRAYS))
def test_keys_go_out_as_a_bare_array(name, wujie, gateway, sample):
    gateway.answer({"code": "200", "message": "success", "data": {"list": []}})
    wujie.poll(sample(name))
    assert json.loads(gateway.request.content) == sample(name)


@pytest.mark.parametrize("name", sorted(SUBMITTED))
def test_a_reply_names_its_keys(name, wujie, gateway, sample):
    gateway.answer(sample(name))
    submitted = wujie.submit(Order("/x", {}, 1))
    assert [task.key for task in submitted.tasks] == SUBMITTED[name]


@pytest.mark.parametrize("name", sorted(WITHOUT_KEY))
def test_a_reply_without_a_key_is_no_submit(name, wujie, gateway, sample):
    gateway.answer(sample(name))
    with pytest.raises(Unknown) as raised:
        wujie.submit(Order("/x", {}, 1))
    assert raised.value.code == "no_key"


@pytest.mark.parametrize("name", sorted(POLLED))
@pytest.mark.parametrize("family", [Family.USUAL, Family.IMAGES])
def test_a_poll_is_read_whatever_wraps_it(name, family, wujie, gateway, sample):
    key, cost = POLLED[name]
    gateway.answer(sample(name))
    (update,) = wujie.poll([key], family)
    assert (update.state, update.cost) == (State.QUEUED, cost)
    assert update.picture_urls == ()  # it is only queued


@pytest.mark.parametrize("name", sorted(CALLBACKS))
def test_a_callback_names_its_key(name, wujie, sample):
    body = sample(name)
    assert wujie.called(json.dumps(body).encode()) == body["key"]


def test_info_is_read(wujie, gateway, sample):
    gateway.answer(sample("ai_info.response_success"))
    update = wujie.detail("x")
    assert (update.state, update.audit.verdict) == (State.SUCCEEDED, Verdict.PASS)
    inner = sample("ai_info.audit_info_inner")
    assert len(update.audit.labels) == len(inner["scan_scene_d_t_o_s"])


def test_the_header_is_as_printed(wujie, gateway, sample):
    gateway.answer({"code": "200", "data": {"balance": 1}})
    wujie.balance()
    header = json.loads(gateway.request.headers["Authorization"])
    printed = sample("auth.authorization_header_template_as_printed")
    assert set(header) == set(printed)
    assert header["secretKeyVersion"] == printed["secretKeyVersion"]


def test_a_chunk_of_a_chat_is_no_envelope(wujie, gateway, sample):
    gateway.answer(sample("chat_completions.response_chunk_as_printed"))
    with pytest.raises(Unknown):
        wujie.submit(Order("/chat/completions", {}, 1))


def test_a_fault_notice_names_no_key(wujie, sample):
    """It is about a service, not about one of our tasks."""
    notice = json.dumps(sample("fault_notice.inbound_request")).encode()
    assert wujie.called(notice) == ""


def test_jumdatas_answers_are_read(jumdata: Jumdata, gateway, sample):
    gateway.answer(sample("jumdata_draw_submit.response_success"))
    submitted = jumdata.submit(Order("/ai/draw/submit", {}, 1))
    assert [task.key for task in submitted.tasks] == ["xxxx"]
    gateway.answer(sample("jumdata_draw_query.response_success_done"))
    assert jumdata.detail("xxxx").picture_urls == ("xxxxx",)
    for name in ("submit", "query"):
        failure = sample(f"jumdata_draw_{name}.response_failure_400")
        gateway.answer(failure)
        with pytest.raises(Refused, match=failure["msg"]):
            jumdata.submit(Order("/ai/draw/submit", {}, 1))
