"""DingTalk group robots (open.dingtalk.com, "自定义机器人安全设置", 加签)."""

import base64
import hashlib
import hmac
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from notifications.messengers.base import Message, Messenger, Post, json_post


class DingTalk(Messenger):
    """The query holds ``timestamp`` (milliseconds) and ``sign``.

    ``sign``: Base64 HMAC-SHA256 of "timestamp, line feed, secret", keyed with the
    secret.
    """

    hosts = ("oapi.dingtalk.com",)
    path_prefix = "/robot/send"
    code_field = "errcode"

    def write(self, message: Message, address: str, secret: str, at: float) -> Post:
        if secret:
            address = _signed(address, secret, int(at * 1000))
        body = {
            "msgtype": "text",
            "text": {"content": message.short_text},
            "at": {"isAtAll": False},
        }
        return json_post(address, body)


def _signed(address: str, secret: str, milliseconds: int) -> str:
    text = f"{milliseconds}\n{secret}".encode()
    digest = hmac.digest(secret.encode(), text, hashlib.sha256)
    sign = base64.b64encode(digest).decode()
    parts = urlsplit(address)
    query = [*parse_qsl(parts.query), ("timestamp", milliseconds), ("sign", sign)]
    return urlunsplit(parts._replace(query=urlencode(query)))
