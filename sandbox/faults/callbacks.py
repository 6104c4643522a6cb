"""Faulty and forged callbacks.

Forged: posted to a new job's address after ``seconds`` (0): ``(payload, rule, other
key) -> body``. ``payload``: that job's success; the other key is another job's.
"""

import secrets
from typing import Any

from sandbox.faults.kinds import KINDS, Rule, special
from sandbox.wire import Json, dump

FOREIGN = "http://10.0.0.1/forged.png"


@special("a callback that is sent again, at once or so many seconds later", "callback")
def twice(*_: Any) -> None:
    """Sends the real body."""


@special("a callback that comes so many seconds (3) late, behind others", "callback")
def late(*_: Any) -> None:
    """Sends the real body."""


@special("forged: the job is done, and nothing else is wrong", "forged")
def early(payload: Json, rule: Rule, other: str) -> bytes:
    return dump(payload).encode()


@special("forged: a success that names another job's key", "forged")
def foreign_key(payload: Json, rule: Rule, other: str) -> bytes:
    return dump({**payload, "key": other}).encode()


@special("forged: a success that cost amount (a million)", "forged")
def other_cost(payload: Json, rule: Rule, other: str) -> bytes:
    cost = {"integral_cost": rule.get("amount", 1_000_000)}
    return dump(payload | cost | {"integral_cost_message": "积分已扣除"}).encode()


@special("forged: a success with its picture at location (a private one)", "forged")
def foreign_address(payload: Json, rule: Rule, other: str) -> bytes:
    return dump({**payload, "artwork_url": rule.get("location", FOREIGN)}).encode()


@special("forged: the job has failed, and the charge is given back", "forged")
def false_failure(payload: Json, rule: Rule, other: str) -> bytes:
    said = {"success": False, "code": 1, "fail_message": "forged", "integral_cost": 0}
    return dump({**payload, **said, "integral_cost_message": "积分已退还"}).encode()


@special("forged: bytes that mean nothing", "forged")
def garbage(payload: Json, rule: Rule, other: str) -> bytes:
    return secrets.token_bytes(300)


@special("forged: a success of so many megabytes (1)", "forged")
def oversized(payload: Json, rule: Rule, other: str) -> bytes:
    return dump(payload).encode() + b" " * int(rule.get("megabytes", 1) * 1_000_000)


def forged(payload: Json, rule: Rule, other: str) -> bytes:
    body: bytes = KINDS[rule["kind"]].apply(payload, rule, other)
    return body
