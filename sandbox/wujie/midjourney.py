"""Midjourney: four pictures of one batch (contract §7.2), 2 integrals each (§5.3)."""

from typing import Any

from sandbox.core import Sandbox
from sandbox.fetching import fetched
from sandbox.wire import Json, Request
from sandbox.wujie import prices
from sandbox.wujie.catalogue import MIDJOURNEY, MODELS
from sandbox.wujie.create import Wanted, accepted, check_picture, taken
from sandbox.wujie.drawing import checked
from sandbox.wujie.endpoints import BAD_PARAMETER, Refused, body_of, endpoint

#: From a public client's input fields.
RANGES = {"chaos": 100, "stylize": 1000, "sw": 1000, "cw": 100}


@endpoint("POST", "/ai/create/midjourney", "midjourney")
def create(sandbox: Sandbox, account: str, request: Request) -> Json:
    body = checked(body_of(request))
    if MODELS[body["model"]].type != MIDJOURNEY:
        raise _bad("model")
    _check(sandbox, body.get("mj_param"))
    check_picture(sandbox, body)
    size = (body["width"], body["height"])
    wanted = Wanted(body, size, prices.PER_PICTURE, body["num"])
    return accepted(taken(sandbox, account, request.base_url, wanted))


def _check(sandbox: Sandbox, given: Any) -> None:
    if not isinstance(given, dict):
        raise _bad("mj_param")
    for name, most in RANGES.items():
        value = given.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int):
            raise _bad(name)
        if not 0 <= value <= most:
            raise _bad(name)
    if given.get("quality", "1") not in ("0.5", "1", "2"):  # a string
        raise _bad("quality")
    for name in ("upbeta", "tile"):
        if not isinstance(given.get(name, False), bool):
            raise _bad(name)
    for name in ("sref_urls", "cref_urls"):
        for address in given.get(name, []):
            fetched(sandbox, address)


def _bad(name: str) -> Refused:
    return Refused(BAD_PARAMETER, f"非法参数：{name}")
