"""A JSON webhook at any public host, in the portal's own format."""

import hashlib
import hmac

from notifications.messengers.base import Message, Messenger, Post, json_post


class JsonWebhook(Messenger):
    """``X-Wjportal-Signature``: ``sha256=`` and a hexadecimal HMAC-SHA256.

    Signed with the secret: ``X-Wjportal-Timestamp`` (seconds), a full stop, the body.
    """

    def write(self, message: Message, address: str, secret: str, at: float) -> Post:
        content = {
            "kind": message.kind,
            "text": message.text,
            "facts": message.facts,
            "url": message.url,
            "raised_at": message.raised_at,
        }
        unsigned = json_post(address, content)
        if not secret:
            return unsigned
        seconds = int(at)
        text = f"{seconds}.".encode() + unsigned.body
        sign = hmac.digest(secret.encode(), text, hashlib.sha256).hex()
        headers = {
            "X-Wjportal-Timestamp": str(seconds),
            "X-Wjportal-Signature": f"sha256={sign}",
        }
        return Post(address, unsigned.body, {**unsigned.headers, **headers})
