"""Requests and answers of handlers."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

Json = dict[str, Any]


class NotJson(ValueError):
    """The request's body is not JSON."""


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Message
    body: bytes
    client: str

    @property
    def base_url(self) -> str:
        """The client's address for this sandbox."""
        return f"http://{self.headers.get('Host', 'localhost')}"

    @property
    def words(self) -> str:
        values = [value for values in self.query.values() for value in values]
        return " ".join([*values, self.body.decode("utf-8", "replace")])

    def first(self, name: str) -> str:
        return self.query.get(name, [""])[0]

    def json(self) -> Any:
        try:
            return json.loads(self.body or b"{}")
        except ValueError as error:
            raise NotJson(str(error)) from error


@dataclass(slots=True)
class Answer:
    """``wait``: seconds before the first byte; ``drip``: seconds over the whole body.

    Cut: ``keep``: after these bytes of the body; ``hang_up``: before the first byte.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json;charset=UTF-8"
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    drip: float = 0.0
    keep: int | None = None
    hang_up: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """``name``: for faults and counters, such as ``wujie.create``."""

    name: str
    handle: Callable[[Request], Answer]


def dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def json_answer(value: Any, status: int = 200) -> Answer:
    return Answer(status=status, body=dump(value).encode())
