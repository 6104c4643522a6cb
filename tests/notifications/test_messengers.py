"""Each platform gets its own form and signature; vectors are computed by hand here."""

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from net.outbound import NotReached
from notifications.messengers import MESSENGERS
from notifications.messengers.base import MAX_TEXT_BYTES, Message
from notifications.models import Channel
from notifications.refusal_words import explain

FEISHU = "https://open.feishu.cn/open-apis/bot/v2/hook/abc"
DINGTALK = "https://oapi.dingtalk.com/robot/send?access_token=abc"
WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abc"
AT = 1_700_000_000.25


def message(text="余额不足", **fields):
    values = {"kind": "drift", "facts": {"n": 1}, "url": "", "raised_at": "2026"}
    return Message(text=text, **values | fields)


def body(post):
    return json.loads(post.body)


def test_feishu_signs_nothing_with_time_and_secret():
    post = MESSENGERS["feishu"].write(message(), FEISHU, "s3cret", AT)
    said = body(post)
    sign = hmac.new(b"1700000000\ns3cret", b"", hashlib.sha256).digest()
    assert said == {
        "timestamp": "1700000000",
        "sign": base64.b64encode(sign).decode(),
        "msg_type": "text",
        "content": {"text": "余额不足"},
    }
    assert post.url == FEISHU


def test_dingtalk_signs_in_the_query():
    post = MESSENGERS["dingtalk"].write(
        message(url="https://p.example/x"), DINGTALK, "SEC1", AT
    )
    query = parse_qs(urlsplit(post.url).query)
    sign = hmac.new(b"SEC1", b"1700000000250\nSEC1", hashlib.sha256).digest()
    assert query == {
        "access_token": ["abc"],
        "timestamp": ["1700000000250"],
        "sign": [base64.b64encode(sign).decode()],
    }
    text = "余额不足\nhttps://p.example/x"
    assert body(post) == {
        "msgtype": "text",
        "text": {"content": text},
        "at": {"isAtAll": False},
    }


def test_wecom_has_no_signature_and_a_limit_in_bytes():
    post = MESSENGERS["wecom"].write(message("汉" * 2000), WECOM, "ignored", AT)
    content = body(post)["text"]["content"]
    assert len(content.encode()) <= MAX_TEXT_BYTES
    assert set(content) == {"汉", "…"}
    assert post.url == WECOM


@pytest.mark.parametrize(
    ("kind", "address"), [("feishu", FEISHU), ("dingtalk", DINGTALK), ("wecom", WECOM)]
)
def test_a_long_text_loses_no_link(kind, address):
    link = "https://portal.example.org/spend/budgets/"
    post = MESSENGERS[kind].write(message("汉" * 2000, url=link), address, "", AT)
    said = body(post)
    content = said.get("text", said)["content"]
    content = content if isinstance(content, str) else content["text"]
    assert content.endswith(f"汉…\n{link}")
    assert len(content.encode()) <= MAX_TEXT_BYTES


@pytest.mark.parametrize(
    ("kind", "address"), [("feishu", FEISHU), ("dingtalk", DINGTALK), ("wecom", WECOM)]
)
@pytest.mark.parametrize(
    "name", ['<at user_id="all">x</at>', "<@all>", "<at id=all></at>", "<AT>"]
)
def test_no_name_mentions_anybody(kind, address, name):
    post = MESSENGERS[kind].write(message(f"{name} asks"), address, "", AT)
    text = post.body.decode()
    assert "asks" in text
    assert not set("<>") & set(text)


def test_json_signs_time_and_body():
    post = MESSENGERS["json"].write(message(), "https://hooks.example/in", "s3cret", AT)
    signed = b"1700000000." + post.body
    sign = hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest()
    assert post.headers["X-Wjportal-Signature"] == f"sha256={sign}"
    assert post.headers["X-Wjportal-Timestamp"] == "1700000000"
    assert body(post)["facts"] == {"n": 1}


@pytest.mark.parametrize(
    ("kind", "address"), [("feishu", FEISHU), ("dingtalk", DINGTALK)]
)
def test_without_a_secret_nothing_is_signed(kind, address):
    post = MESSENGERS[kind].write(message(), address, "", AT)
    assert post.url == address
    assert "sign" not in body(post)


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("feishu", FEISHU),
        ("feishu", FEISHU.replace("open.feishu.cn", "open.larksuite.com")),
        ("dingtalk", DINGTALK),
        ("wecom", WECOM),
        ("json", "https://hooks.example/any/path"),
    ],
)
def test_known_addresses(kind, address):
    assert MESSENGERS[kind].check(address) == urlsplit(address).hostname


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("feishu", "https://evil.example/open-apis/bot/v2/hook/abc"),
        ("feishu", "https://open.feishu.cn/other"),
        ("feishu", "http://open.feishu.cn/open-apis/bot/v2/hook/abc"),
        ("dingtalk", "https://oapi.dingtalk.com.evil.example/robot/send"),
        ("wecom", DINGTALK),
        ("json", "http://hooks.example/in"),
        ("json", "https://user:password@hooks.example/in"),
        ("json", "https://hooks.example:8443/in"),
        ("json", "ftp://hooks.example"),
        ("json", "https://["),
        ("json", "nonsense"),
    ],
)
def test_other_addresses_are_refused(kind, address):
    with pytest.raises(NotReached):
        MESSENGERS[kind].check(address)


@pytest.mark.parametrize(
    ("kind", "status", "answer", "why"),
    [
        ("feishu", 200, b'{"code": 0, "msg": "success"}', ""),
        ("feishu", 200, b'{"code": 19021, "msg": "sign match fail"}', "19021"),
        ("dingtalk", 200, b'{"errcode": 0, "errmsg": "ok"}', ""),
        ("dingtalk", 200, b'{"errcode": 310000, "errmsg": "sign not match"}', "310000"),
        ("wecom", 200, b'{"errcode": "0"}', ""),
        ("wecom", 200, b"<html>", "not JSON"),
        ("wecom", 200, b"[]", "no errcode"),
        ("wecom", 502, b"", "HTTP 502"),
        ("json", 204, b"", ""),
        ("json", 302, b"", "HTTP 302"),
    ],
)
def test_what_answers_mean(kind, status, answer, why):
    said = MESSENGERS[kind].refusal(status, answer)
    assert (why in said) if why else said == ""


def test_every_kind_but_email_has_a_messenger():
    assert {*MESSENGERS, Channel.Kind.EMAIL} == set(Channel.Kind)


def test_a_number_of_the_operating_system_is_not_told():
    said = "x.example is not known: [Errno -2] Name or service not known"
    told = explain(said)
    assert told.startswith("There is no server of this name.")
    assert "Errno" not in told
