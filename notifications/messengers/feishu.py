"""Feishu and Lark group bots (open.feishu.cn, "自定义机器人使用指南")."""

import base64
import hashlib
import hmac
from typing import Any

from notifications.messengers.base import Message, Messenger, Post, json_post


class Feishu(Messenger):
    """The body holds ``timestamp`` (seconds) and ``sign``.

    ``sign``: Base64 HMAC-SHA256 of an empty text, keyed with "timestamp, line feed,
    secret".
    """

    hosts = ("open.feishu.cn", "open.larksuite.com")
    path_prefix = "/open-apis/bot/v2/hook/"
    code_field = "code"

    def write(self, message: Message, address: str, secret: str, at: float) -> Post:
        body: dict[str, Any] = {
            "msg_type": "text",
            "content": {"text": message.short_text},
        }
        if secret:
            seconds = int(at)
            key = f"{seconds}\n{secret}".encode()
            sign = base64.b64encode(hmac.digest(key, b"", hashlib.sha256)).decode()
            body = {"timestamp": str(seconds), "sign": sign, **body}
        return json_post(address, body)
