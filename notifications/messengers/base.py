"""The message, and what messengers share: address, text limit, answer."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

from net.outbound import NotReached, host_of

#: WeCom's, the smallest of the platforms.
MAX_TEXT_BYTES = 2048
MAX_REASON_CHARACTERS = 120
CUT_OFF = "…"
#: Platforms read ``<at user_id="all">`` and ``<@name>`` as mentions, in any text.
NO_MARKUP = str.maketrans({"<": "＜", ">": "＞"})


@dataclass(frozen=True, slots=True)
class Message:
    """In the channel's language; ``facts`` are for machines.

    ``url``: empty without a public address. ``raised_at``: ISO 8601.
    """

    text: str
    kind: str
    facts: Mapping[str, Any]
    url: str
    raised_at: str

    @property
    def short_text(self) -> str:
        """Without mentions. The text is cut to ``MAX_TEXT_BYTES`` of UTF-8, never the
        link after it."""
        link = f"\n{self.url}" if self.url else ""
        text = self.text.translate(NO_MARKUP)
        return _cut(text, MAX_TEXT_BYTES - len(link.encode())) + link


def _cut(text: str, most_bytes: int) -> str:
    whole = text.encode()
    if len(whole) <= most_bytes:
        return text
    room = max(most_bytes - len(CUT_OFF.encode()), 0)
    return whole[:room].decode(errors="ignore") + CUT_OFF


@dataclass(frozen=True, slots=True)
class Post:
    url: str
    body: bytes
    headers: Mapping[str, str]


class Messenger(ABC):
    """One platform's wire format."""

    #: Empty: any public host.
    hosts: ClassVar[tuple[str, ...]] = ()
    path_prefix: ClassVar[str] = ""
    #: JSON field that is 0 for a success; empty: any 2xx is one.
    code_field: ClassVar[str] = ""

    def check(self, address: str) -> str:
        """The webhook's host. Raises NotReached."""
        host = host_of(address)
        is_known = host in self.hosts and urlsplit(address).path.startswith(
            self.path_prefix
        )
        if self.hosts and not is_known:
            known = ", ".join(f"https://{one}{self.path_prefix}…" for one in self.hosts)
            raise NotReached(f"The address should be {known}")
        return host

    @abstractmethod
    def write(self, message: Message, address: str, secret: str, at: float) -> Post:
        """``at``: Unix seconds. An empty secret: no signature."""

    def refusal(self, status: int, answer: bytes) -> str:
        """Why the platform rejected it, also with HTTP 200; empty for a success."""
        if not 200 <= status < 300:
            return f"HTTP {status}"
        if not self.code_field:
            return ""
        try:
            content = json.loads(answer)
        except ValueError:
            return "The answer is not JSON"
        if not isinstance(content, dict) or self.code_field not in content:
            return f"The answer has no {self.code_field}"
        code = content[self.code_field]
        reason = str(content.get("msg") or content.get("errmsg") or "")
        if str(code) == "0":
            return ""
        return f"{self.code_field} {code}: {reason[:MAX_REASON_CHARACTERS]}"


def json_post(address: str, body: Mapping[str, Any]) -> Post:
    content = json.dumps(body, ensure_ascii=False).encode()
    return Post(address, content, {"Content-Type": "application/json; charset=utf-8"})
