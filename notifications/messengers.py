"""How an alert is written for each platform, and what its answer means.

Feishu    open.feishu.cn, "自定义机器人使用指南": ``timestamp`` (seconds) and
          ``sign`` stand in the body; the sign is an HMAC-SHA256 of nothing, with
          the timestamp, a line feed and the secret as its key; ``code`` 0 is a
          success
DingTalk  open.dingtalk.com, "自定义机器人安全设置" (加签): ``timestamp``
          (milliseconds) and ``sign`` stand in the query; the sign is an
          HMAC-SHA256 of the timestamp, a line feed and the secret, with the
          secret as its key; ``errcode`` 0 is a success
WeCom     developer.work.weixin.qq.com, "群机器人配置说明": the key in the address
          is all there is, nothing is signed; a text has 2048 bytes at most;
          ``errcode`` 0 is a success
JSON      our own: see ``_json``; any 2xx is a success
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from net.outbound import NotReached, host_of

#: Platform → its hosts, and how the path of its webhooks begins.
PLATFORMS: dict[str, tuple[tuple[str, ...], str]] = {
    "feishu": (("open.feishu.cn", "open.larksuite.com"), "/open-apis/bot/v2/hook/"),
    "dingtalk": (("oapi.dingtalk.com",), "/robot/send"),
    "wecom": (("qyapi.weixin.qq.com",), "/cgi-bin/webhook/send"),
}
#: Bytes of a text; WeCom's is the shortest limit of the three.
MOST_TEXT = 2048


@dataclass(frozen=True, slots=True)
class Message:
    """What there is to say; ``facts`` are for machines."""

    text: str
    kind: str
    facts: Mapping[str, Any]
    url: str
    raised_at: str


@dataclass(frozen=True, slots=True)
class Post:
    url: str
    body: bytes
    headers: Mapping[str, str]


def check(kind: str, address: str) -> str:
    """The host of an address that this kind may be posted to. Raises NotReached."""
    host = host_of(address)
    if kind in PLATFORMS:
        hosts, beginning = PLATFORMS[kind]
        if host not in hosts or not urlsplit(address).path.startswith(beginning):
            known = ", ".join(f"https://{one}{beginning}…" for one in hosts)
            raise NotReached(f"The address should be {known}")
    return host


def write(kind: str, message: Message, address: str, secret: str, at: float) -> Post:
    """``at``: Unix seconds. An empty secret: nothing is signed."""
    text = _cut(f"{message.text}\n{message.url}".strip())
    if kind == "feishu":
        return _feishu(text, address, secret, int(at))
    if kind == "dingtalk":
        return _dingtalk(text, address, secret, int(at * 1000))
    if kind == "wecom":
        return _post(address, {"msgtype": "text", "text": {"content": text}})
    return _json(message, address, secret, int(at))


def _feishu(text: str, address: str, secret: str, seconds: int) -> Post:
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
    if secret:
        key = f"{seconds}\n{secret}".encode()
        sign = base64.b64encode(hmac.digest(key, b"", hashlib.sha256)).decode()
        body = {"timestamp": str(seconds), "sign": sign, **body}
    return _post(address, body)


def _dingtalk(text: str, address: str, secret: str, milliseconds: int) -> Post:
    if secret:
        signed = f"{milliseconds}\n{secret}".encode()
        digest = hmac.digest(secret.encode(), signed, hashlib.sha256)
        sign = base64.b64encode(digest).decode()
        parts = urlsplit(address)
        query = [*parse_qsl(parts.query), ("timestamp", milliseconds), ("sign", sign)]
        address = urlunsplit(parts._replace(query=urlencode(query)))
    return _post(address, {"msgtype": "text", "text": {"content": text}})


def _json(message: Message, address: str, secret: str, seconds: int) -> Post:
    """``X-Wjportal-Signature``: ``sha256=`` and the HMAC-SHA256, in hexadecimal, of
    the header ``X-Wjportal-Timestamp``, a full stop and the body; the secret is its
    key."""
    said = {
        "kind": message.kind,
        "text": message.text,
        "facts": message.facts,
        "url": message.url,
        "raised_at": message.raised_at,
    }
    plain = _post(address, said)
    if not secret:
        return plain
    signed = f"{seconds}.".encode() + plain.body
    sign = hmac.digest(secret.encode(), signed, hashlib.sha256).hex()
    headers = {
        "X-Wjportal-Timestamp": str(seconds),
        "X-Wjportal-Signature": f"sha256={sign}",
    }
    return Post(address, plain.body, {**plain.headers, **headers})


def _post(address: str, body: Mapping[str, Any]) -> Post:
    written = json.dumps(body, ensure_ascii=False).encode()
    return Post(address, written, {"Content-Type": "application/json; charset=utf-8"})


def _cut(text: str) -> str:
    return text.encode()[:MOST_TEXT].decode(errors="ignore")


def refusal(kind: str, status: int, answer: bytes) -> str:
    """Why the platform did not take it; empty where it did. A platform says no with
    HTTP 200, too."""
    if not 200 <= status < 300:
        return f"HTTP {status}"
    if kind not in PLATFORMS:
        return ""
    try:
        said = json.loads(answer)
    except ValueError:
        return "The answer is not JSON"
    name = "code" if kind == "feishu" else "errcode"
    if not isinstance(said, dict) or name not in said:
        return f"The answer has no {name}"
    words = str(said.get("msg") or said.get("errmsg") or "")[:120]
    return "" if str(said[name]) == "0" else f"{name} {said[name]}: {words}"
