"""Faulty answers, one function per kind."""

import json
import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from sandbox.faults.kinds import Rule, kind
from sandbox.wire import Answer, Json, dump

_PAGE = b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1><hr>nginx</body></html>"


@kind("HTTP 500 with an envelope (other: status; seconds: Retry-After)", works=False)
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
    return code(answer, {"code": value, **rule}, name)


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


@kind("done at once, answered after so many seconds", works=True, also=("callback",))
def late_answer(answer: Answer, rule: Rule, name: str) -> Answer:
    return replace(answer, wait=rule.get("seconds", 60))


@kind("done, but nobody hears of it", works=True, also=("callback",))
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


@kind("it has forgotten the keys, or the key, that it is asked about", works=True)
def forget(answer: Answer, rule: Rule, name: str) -> Answer:
    unknown = {"wujie.info": "20010001", "jumdata.query": "201"}
    if name in unknown:
        return code(answer, {"code": unknown[name], "message": "forgotten"}, name)

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


@kind("a number that is off by up to amount (500), either way", works=True)
def drift(answer: Answer, rule: Rule, name: str) -> Answer:
    def change(envelope: Json) -> None:
        for item in _items(envelope):
            for field in [f for f, value in item.items() if isinstance(value, int)]:
                off = int(rule.get("amount", 500))
                item[field] = max(0, item[field] + random.randint(-off, off))

    return _edited(answer, change)


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
