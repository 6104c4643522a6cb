"""Where it broke decides what it means: may we ask again, and was it paid?"""

import json
import logging
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from gateways.providers.base import Order, State, TaskUpdate
from gateways.providers.errors import (
    ProviderError,
    Refused,
    Unauthorized,
    Unavailable,
    Unknown,
)
from gateways.providers.http import MAX_ANSWER_BYTES, Timeouts
from gateways.providers.wujie.client import Wujie
from gateways.providers.wujie.codes import CODES

ORDER = Order("/ai/create", {"model": 1, "num": 1, "prompt": "a secret prompt"}, 1)
HTML = b"<!DOCTYPE html><html><h1>502 Bad Gateway</h1></html>"


def outcome(ask):
    with pytest.raises(ProviderError) as caught:
        ask()
    return caught.value


# Before a byte was sent


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.PoolTimeout("full"),
        httpx.UnsupportedProtocol("gopher"),
    ],
)
def test_what_was_never_sent_is_unavailable_even_if_paid(wujie, gateway, error):
    gateway.answers = [error, error]
    assert type(outcome(lambda: wujie.submit(ORDER))) is Unavailable
    assert type(outcome(lambda: wujie.poll(["A"]))) is Unavailable


def test_a_gateway_that_is_not_there_is_unavailable(private_key):
    with closing(Wujie("http://127.0.0.1:1", "a", private_key)) as provider:
        error = outcome(lambda: provider.submit(ORDER))
    assert type(error) is Unavailable
    assert error.code == "unreachable"


def test_a_gateway_with_an_unknown_certificate_is_unavailable(rough, private_key):
    """Not a TLS server at all here: the handshake breaks, so nothing was said."""
    with rough(lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")) as it:
        url = str(it._line._client.base_url).replace("http:", "https:")
        with closing(Wujie(url, "a", private_key)) as provider:
            assert type(outcome(lambda: provider.submit(ORDER))) is Unavailable


# After that


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout(""),
        httpx.WriteTimeout(""),
        httpx.ReadError(""),
        httpx.WriteError(""),
        httpx.RemoteProtocolError(""),
    ],
)
def test_what_may_have_arrived_is_unknown_only_if_paid(wujie, gateway, error):
    gateway.answers = [error, error, error]
    assert type(outcome(lambda: wujie.submit(ORDER))) is Unknown
    assert type(outcome(lambda: wujie.poll(["A"]))) is Unavailable
    assert type(outcome(lambda: wujie.cancel("A"))) is Unavailable


def http(body, head=b"HTTP/1.1 200 OK", length=None):
    length = len(body) if length is None else length
    return head + b"\r\nContent-Length: %d\r\n\r\n" % length + body


def hang_up(connection):
    pass


def half_json(connection):
    connection.sendall(http(b'{"code":"200","data":{"keys":["A'))


def cut_off(connection):
    connection.sendall(http(b'{"code":"200","data":{"keys":["A', length=400))


def html(connection):
    connection.sendall(http(HTML, b"HTTP/1.1 502 Bad Gateway"))


def html_as_success(connection):
    connection.sendall(http(HTML))


def empty(connection):
    connection.sendall(http(b""))


def no_http(connection):
    connection.sendall(b"\x00\xffwhat is this\r\n\r\n")


def silent(connection):
    time.sleep(0.5)


def drip_headers(connection):
    for letter in b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 60:
        connection.sendall(bytes([letter]))
        time.sleep(0.1)


def drip_body(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(60):
        connection.sendall(b" ")
        time.sleep(0.1)


def drip_chunks(connection):
    """A chunk header that never ends: httpx hands out nothing of it."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;")
    for _ in range(60):
        connection.sendall(b"x")
        time.sleep(0.1)


def not_yet(connection):
    """1xx answers count as signs of life to httpx, without end."""
    for _ in range(60):
        connection.sendall(b"HTTP/1.1 102 Processing\r\n\r\n")
        time.sleep(0.1)


def huge(connection):
    piece = b" " * 65536
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n")
    for _ in range(900_000_000 // len(piece)):
        connection.sendall(piece)


BROKEN = [
    hang_up,
    half_json,
    cut_off,
    html,
    html_as_success,
    empty,
    no_http,
    silent,
    drip_headers,
    drip_body,
    drip_chunks,
    not_yet,
    huge,
]


@pytest.mark.parametrize("behaviour", BROKEN)
def test_a_broken_answer_is_unknown_if_paid_and_soon_over(rough, behaviour):
    with rough(behaviour) as wujie:
        began = time.monotonic()
        error = outcome(lambda: wujie.submit(ORDER))
        assert time.monotonic() - began < 3
    assert type(error) is Unknown
    assert len(error.raw) <= 20_000


@pytest.mark.parametrize("behaviour", BROKEN)
def test_a_broken_answer_is_unavailable_if_free_and_soon_over(rough, behaviour):
    with rough(behaviour) as wujie:
        began = time.monotonic()
        error = outcome(lambda: wujie.poll(["A"]))
        assert time.monotonic() - began < 3
    assert type(error) is Unavailable


@pytest.mark.parametrize("behaviour", [half_json, cut_off])
def test_the_half_that_came_is_kept_as_evidence(rough, behaviour):
    with rough(behaviour) as wujie:
        error = outcome(lambda: wujie.submit(ORDER))
    assert error.raw == '{"code":"200","data":{"keys":["A'


def test_a_slow_submit_may_take_longer_than_a_read(rough):
    def late(connection):
        time.sleep(0.4)
        connection.sendall(http(b'{"code":"200","data":{"keys":["A"]}}'))

    with rough(late, Timeouts(connect=1, read=0.1, submit=5)) as wujie:
        assert wujie.submit(ORDER).tasks[0].key == "A"
        assert type(outcome(wujie.balance)) is Unavailable


def test_every_request_of_both_carries_its_timeouts(wujie, jumdata, gateway):
    for ask in (
        lambda: wujie.submit(ORDER),
        lambda: jumdata.submit(ORDER),
        lambda: wujie.detail("A"),
        lambda: jumdata.detail("A"),
    ):
        gateway.answer(b"")
        outcome(ask)
    timeouts = [request.extensions["timeout"] for request in gateway.requests]
    assert [timeout["read"] for timeout in timeouts] == [30, 30, 10, 10]
    assert {timeout["connect"] for timeout in timeouts} == {5}


def test_a_large_answer_within_the_limit_is_read(wujie, gateway):
    body = json.dumps({"code": "200", "data": {"balance": 5}}).encode()
    gateway.answer(body.ljust(MAX_ANSWER_BYTES))
    assert wujie.balance() == 5
    gateway.answer(body.ljust(MAX_ANSWER_BYTES + 1), times=2)
    assert "too large" in outcome(wujie.balance).message


def test_a_packed_answer_is_not_unpacked(wujie, gateway):
    gateway.answer({"code": "200", "data": {"balance": 5}})
    wujie.balance()
    assert gateway.request.headers["Accept-Encoding"] == "identity"
    gateway.answer(b"\x1f\x8b bomb", times=2, **{"Content-Encoding": "gzip"})
    assert type(outcome(wujie.balance)) is Unavailable


def test_the_proxy_of_the_environment_is_not_used(rough, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    answer = http(b'{"code":"200","data":{"balance":5}}')
    with rough(lambda connection: connection.sendall(answer), Timeouts()) as wujie:
        assert wujie.balance() == 5


def test_connections_are_used_again(rough):
    opened = []

    def polite(connection):
        opened.append(connection)
        answer = http(b'{"code":"200","data":{"balance":5}}')
        connection.sendall(answer)
        while connection.recv(65536):
            connection.sendall(answer)

    with rough(polite, Timeouts()) as wujie:
        for _ in range(5):
            assert wujie.balance() == 5
    assert len(opened) == 1


# A clear answer

REFUSED = [
    "20010001",
    "20010015",
    "20110001",
    "20110002",
    "20110003",
    "20110009",
    "20110010",
    "20110011",
    "20110017",
    "20110018",
    "20110019",
    "20110020",
    "20110021",
    "29990099",  # nobody has heard of it
]
RETRIED = ["20010018", "20110000", "20110026"]


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("number", [str, int])
@pytest.mark.parametrize("code", REFUSED[:-1])
def test_a_business_code_that_refuses(wujie, gateway, code, number, status):
    gateway.answer({"code": number(code), "message": "不行", "data": None}, status)
    error = outcome(lambda: wujie.submit(ORDER))
    assert type(error) is Refused
    assert (error.code, error.message) == (code, "不行")
    assert code in error.raw


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("code", RETRIED)
def test_a_business_code_after_which_nothing_was_made(wujie, gateway, code, status):
    gateway.answer({"code": code, "message": "稍后"}, status)
    assert type(outcome(lambda: wujie.submit(ORDER))) is Unavailable


def test_every_documented_code_is_classed():
    assert set(CODES) == {*REFUSED[:-1], *RETRIED}


@pytest.mark.parametrize("status", [200, 400, 422])
def test_an_unknown_code_is_refused_with_code_and_message(wujie, gateway, status):
    gateway.answer({"code": "29990099", "message": "新的"}, status)
    error = outcome(lambda: wujie.submit(ORDER))
    assert type(error) is Refused
    assert (error.code, error.message) == ("29990099", "新的")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, {"code": "29990099", "message": "?"}),
        (200, {"code": "500", "message": "系统异常"}),
        (502, HTML),
        (503, HTML),
        (504, b""),
        (500, b"{"),
        (408, HTML),
        (302, b""),
        (204, b""),
        (200, []),
        (200, "200"),
        (200, {"message": "no code"}),
        (200, {"code": None, "data": {"keys": ["A"]}}),
        (200, {"code": {}, "data": {"keys": ["A"]}}),
        (500, {"code": "200", "data": {"keys": ["A"]}}),
    ],
)
def test_an_answer_that_does_not_say_is_unknown_only_if_paid(
    wujie, gateway, status, body
):
    gateway.answer(body, status)
    assert type(outcome(lambda: wujie.submit(ORDER))) is Unknown
    gateway.answer(body, status)
    assert type(outcome(lambda: wujie.poll(["A"]))) is Unavailable


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (429, HTML, {}),
        (429, {"code": "29990099", "message": "太快"}, {}),
        (503, {"code": "29990099", "message": "维护"}, {}),
        (503, HTML, {"Retry-After": "5"}),
        (404, HTML, {}),
        (405, b"", {}),
        (413, HTML, {}),
    ],
)
def test_a_clear_not_now_is_unavailable_even_if_paid(
    wujie, gateway, status, body, headers
):
    gateway.answer(body, status, **headers)
    assert type(outcome(lambda: wujie.submit(ORDER))) is Unavailable


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, HTML),
        (403, b""),
        (401, {"code": "whatever", "message": "no"}),
        (200, {"code": "401", "message": "no"}),
        (200, {"code": "29990001", "message": "签名验证失败"}),
        (400, {"code": "29990001", "message": "appId not found"}),
    ],
)
def test_an_account_that_is_not_accepted_is_told(wujie, gateway, status, body):
    gateway.answer(body, status)
    error = outcome(lambda: wujie.submit(ORDER))
    assert type(error) is Unauthorized
    assert error.message
    assert len(gateway.requests) == 1  # it was signed afresh: again would be no better


def test_a_word_about_signatures_does_not_outweigh_a_known_code(wujie, gateway):
    gateway.answer({"code": "20110001", "message": "画面描述含有敏感词: 签名"})
    assert type(outcome(lambda: wujie.submit(ORDER))) is Refused


def test_texts_for_people_tell_no_address(wujie, gateway, caplog):
    """What lies there nobody has released."""
    url = "https://cdn.wujiebantu.com/ai/0812.png"
    gateway.answer({"code": "20110001", "message": f"see {url}"})
    error = outcome(lambda: wujie.submit(ORDER))
    update = TaskUpdate("k", State.FAILED, failure_message=url, model_prompt=url)
    told = [error.message, str(error), update.failure_message, update.model_prompt]
    assert all("cdn.wujiebantu.com…" in text for text in told)
    assert "0812" not in "".join(told) + caplog.text
    assert url in error.raw


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("0.5", 0.5),
        ("-5", 0),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Wed, 21 Oct 2015 07:28:00 -0000", None),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
    ],
)
def test_retry_after_in_seconds(wujie, gateway, header, seconds):
    gateway.answer(HTML, 429, times=2, **{"Retry-After": header})
    assert outcome(wujie.balance).retry_after == seconds


def test_retry_after_as_a_date(wujie, gateway):
    later = format_datetime(datetime.now(UTC) + timedelta(minutes=1), usegmt=True)
    gateway.answer(HTML, 429, **{"Retry-After": later})
    assert 50 < outcome(wujie.balance).retry_after <= 60


# What is left behind


def test_the_raw_answer_is_kept_but_not_all_of_a_large_one(wujie, gateway):
    gateway.answer("山\0水".encode() * 30_000, 502)
    raw = outcome(lambda: wujie.submit(ORDER)).raw
    assert raw.startswith("山水山")
    assert len(raw) == 20_000


def test_the_trace_id_is_logged_and_no_secret(wujie, gateway, private_key, caplog):
    caplog.set_level(logging.DEBUG)
    answer = {"code": "20110001", "message": "画面描述含有敏感词"}
    gateway.answer(answer, **{"TRACE_ID": "trace-4711"})
    outcome(lambda: wujie.submit(ORDER))
    gateway.answer({"code": "200", "data": {"keys": ["A"]}}, **{"TRACE_ID": "trace-2"})
    wujie.submit(ORDER)
    gateway.answers = [httpx.ReadTimeout("")]
    outcome(lambda: wujie.submit(ORDER))
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("gateways")]
    assert len(ours) == 3
    assert "trace-4711" in ours[0]
    assert "20110001" in ours[0]
    assert "trace-2" in ours[1]
    assert "ReadTimeout" in ours[2]
    sign = json.loads(gateway.requests[0].headers["Authorization"])["sign"]
    for secret in (private_key[:40], sign, "a secret prompt"):
        assert secret not in caplog.text


def test_jumdata_logs_the_number_of_the_request(jumdata, gateway, caplog):
    gateway.answer({"code": 609, "msg": "请求过于频繁", "taskNo": "448290834186"})
    outcome(lambda: jumdata.detail("a"))
    assert "448290834186" in caplog.text
    assert "secret" not in caplog.text
