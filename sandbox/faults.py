"""Faults on purpose: how an endpoint can misbehave, one entry of ``KINDS`` each.

The switch ``faults`` maps the name of an endpoint (``wujie.create``, ``jumdata.query``,
``cdn.result``; also ``wujie.*`` or ``*``) to one rule or a list of rules::

    {"kind": "late_answer", "seconds": 30, "times": 1, "rate": 0.5, "skip": 2}

``times`` is how often it still strikes (default: always), ``rate`` its probability,
``skip`` how many requests go by unharmed first. ``works`` tells whether the gateway
does what was asked before it misbehaves; each kind has its own usual answer to that.
"""

import json
import random
import struct
import threading
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sandbox.wire import Answer, Json, dump

Rule = dict[str, Any]
_FIELDS = {
    "kind",
    "times",
    "rate",
    "skip",
    "works",
    "seconds",
    "code",
    "message",
    "status",
    "megabytes",
    "location",
}
_PAGE = b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1><hr>nginx</body></html>"


@dataclass(frozen=True, slots=True)
class Kind:
    spoil: Callable[[Answer, Rule, str], Answer]
    works: bool
    meaning: str


KINDS: dict[str, Kind] = {}


def kind(
    meaning: str, *, works: bool
) -> Callable[[Callable[[Answer, Rule, str], Answer]], None]:
    def enter(spoil: Callable[[Answer, Rule, str], Answer]) -> None:
        KINDS[spoil.__name__.strip("_")] = Kind(spoil, works, meaning)

    return enter


@kind("HTTP 500 with an error envelope (other: status)", works=False)
def http_500(answer: Answer, rule: Rule, name: str) -> Answer:
    body = dump({"code": "500", "message": "Internal Server Error"}).encode()
    headers = {"Retry-After": str(rule["seconds"])} if "seconds" in rule else {}
    return Answer(status=rule.get("status", 500), body=body, headers=headers)


@kind("a proxy's HTML page, HTTP 502 (other: status)", works=False)
def html(answer: Answer, rule: Rule, name: str) -> Answer:
    return Answer(rule.get("status", 502), _PAGE, "text/html")


@kind("a business code: code, message", works=False)
def code(answer: Answer, rule: Rule, name: str) -> Answer:
    text = rule.get("message", "sandbox fault")
    value = rule.get("code", "20010018")
    if name.startswith("jumdata."):
        envelope: Json = {"code": int(value), "msg": text, "charge": False}
    else:
        envelope = {"code": str(value), "message": text, "data": None}
    return Answer(body=dump(envelope).encode())


@kind("a business code nobody has heard of", works=False)
def unknown_code(answer: Answer, rule: Rule, name: str) -> Answer:
    value = "698" if name.startswith("jumdata.") else "29990099"
    return code_kind.spoil(answer, {"code": value, **rule}, name)


@kind("an empty body", works=True)
def empty(answer: Answer, rule: Rule, name: str) -> Answer:
    return replace(answer, body=b"")


@kind("text that is not JSON", works=True)
def not_json(answer: Answer, rule: Rule, name: str) -> Answer:
    return replace(answer, body=b"OK <" + answer.body[:40])


@kind("half of the answer, then the connection ends", works=True)
def truncated(answer: Answer, rule: Rule, name: str) -> Answer:
    return replace(answer, keep=len(answer.body) // 2)


@kind("JSON that ends in the middle, whole to HTTP", works=True)
def half_json(answer: Answer, rule: Rule, name: str) -> Answer:
    return replace(answer, body=answer.body[: len(answer.body) // 2])


@kind("the body drips over so many seconds", works=True)
def slow(answer: Answer, rule: Rule, name: str) -> Answer:
    return replace(answer, drip=rule.get("seconds", 3))


@kind("done at once, answered after so many seconds", works=True)
def late_answer(answer: Answer, rule: Rule, name: str) -> Answer:
    return replace(answer, wait=rule.get("seconds", 60))


@kind("done, but the connection ends without an answer", works=True)
def drop(answer: Answer, rule: Rule, name: str) -> Answer:
    return replace(answer, hang_up=True)


@kind("the connection ends and nothing was done", works=False)
def drop_before(answer: Answer, rule: Rule, name: str) -> Answer:
    return replace(answer, hang_up=True)


@kind("a valid answer of so many megabytes (64)", works=True)
def huge(answer: Answer, rule: Rule, name: str) -> Answer:
    padding = b" " * (int(rule.get("megabytes", 64) * 1_000_000))
    return replace(answer, body=answer.body + padding)


@kind("an envelope whose data lacks its fields", works=True)
def missing_fields(answer: Answer, rule: Rule, name: str) -> Answer:
    def strip(envelope: Json) -> None:
        for item in _items(envelope):
            for field in [f for f in item if f != "key"]:
                del item[field]

    return _edited(answer, strip)


@kind("jobs in a status nobody has heard of", works=True)
def unknown_status(answer: Answer, rule: Rule, name: str) -> Answer:
    def change(envelope: Json) -> None:
        for item in _items(envelope):
            item["status"] = 99

    return _edited(answer, change)


@kind("a poll that has forgotten its keys", works=True)
def forget(answer: Answer, rule: Rule, name: str) -> Answer:
    def change(envelope: Json) -> None:
        if isinstance(envelope.get("data"), dict) and "list" in envelope["data"]:
            envelope["data"]["list"] = []

    return _edited(answer, change)


@kind("an HTML page that claims to be the picture", works=True)
def wrong_type(answer: Answer, rule: Rule, name: str) -> Answer:
    return replace(answer, body=_PAGE)


@kind("a redirect to location (a private address)", works=False)
def redirect(answer: Answer, rule: Rule, name: str) -> Answer:
    target = rule.get("location", "http://10.0.0.1/private.png")
    return Answer(302, headers={"Location": target})


@kind("HTTP 404 (other: status)", works=False)
def not_found(answer: Answer, rule: Rule, name: str) -> Answer:
    return Answer(rule.get("status", 404), b"not found", "text/plain")


@kind("a PNG of a few kilobytes and 400 million pixels", works=False)
def bomb(answer: Answer, rule: Rule, name: str) -> Answer:
    return Answer(body=_bomb(20_000), content_type="image/png")


@kind("a callback that is sent twice", works=True)
def twice(answer: Answer, rule: Rule, name: str) -> Answer:
    return answer


code_kind = KINDS["code"]


@cache
def _bomb(side: int) -> bytes:
    def chunk(tag: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(tag + data))
        return struct.pack(">I", len(data)) + tag + data + check

    row = bytes(1 + (side + 7) // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(tag, data)
        for tag, data in ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    )


def _items(envelope: Json) -> list[Json]:
    data = envelope.get("data")
    if isinstance(data, dict) and isinstance(data.get("list"), list):
        return list(data["list"])
    return [data] if isinstance(data, dict) else []


def _edited(answer: Answer, change: Callable[[Json], None]) -> Answer:
    try:
        envelope = json.loads(answer.body)
    except ValueError:
        return answer
    change(envelope)
    return replace(answer, body=dump(envelope).encode())


def as_list(rules: Any) -> list[Any]:
    return rules if isinstance(rules, list) else [rules]


def problem(rule: Any) -> str | None:
    """What is wrong with a rule of the switch, or ``None``."""
    if not isinstance(rule, dict) or rule.get("kind") not in KINDS:
        return f"a rule needs a kind, one of {', '.join(KINDS)}"
    unknown = sorted(set(rule) - _FIELDS)
    return f"no such field: {', '.join(unknown)}" if unknown else None


class Faults:
    """Decides which request is struck, and counts."""

    def __init__(self) -> None:
        self.injected: Counter[str] = Counter()
        self._dice = random.Random()
        self._lock = threading.Lock()

    def strike(self, table: dict[str, Any], name: str) -> Rule | None:
        """The rule that strikes this request; it is used up by one."""
        if not table:
            return None
        family = name.split(".")[0]
        with self._lock:
            for pattern in (name, f"{family}.*", "*"):
                for rule in as_list(table.get(pattern, [])):
                    if self._strikes(rule):
                        self.injected[f"{name} {rule['kind']}"] += 1
                        return dict(rule)
        return None

    def _strikes(self, rule: Rule) -> bool:
        if rule.get("times") == 0 or self._dice.random() >= rule.get("rate", 1.0):
            return False
        if rule.get("skip", 0) > 0:
            rule["skip"] -= 1
            return False
        if "times" in rule:
            rule["times"] -= 1
        return True


def spoiled(rule: Rule, name: str, work: Callable[[], Answer]) -> Answer:
    """The answer that the rule makes of ``work``, which it may leave undone."""
    chosen = KINDS[rule["kind"]]
    answer = work() if rule.get("works", chosen.works) else Answer()
    return chosen.spoil(answer, rule, name)
