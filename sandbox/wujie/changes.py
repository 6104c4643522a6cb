"""图片换脸, 图片年轻化 and 图片超分辨 (contract §7.10, §7.11). Prices are made up."""

import time

from sandbox.core import Sandbox
from sandbox.fetching import Fetched, fetched
from sandbox.jobs import LIVE
from sandbox.wire import Json, Request
from sandbox.wujie.create import Wanted, accepted, taken
from sandbox.wujie.endpoints import BAD_PARAMETER, Refused, body_of, endpoint
from sandbox.wujie.results import address

PRICE = 4
SUPERSIZE = "supersize"


@endpoint("POST", "/ai/simple_reactor/create", "face_swap")
def face_swap(sandbox: Sandbox, account: str, request: Request) -> Json:
    body = body_of(request)
    face = fetched(sandbox, body.get("image_url"))
    target = face
    if "template_url" in body:
        target = fetched(sandbox, body["template_url"])
    _check_size(body, face)
    return _one(sandbox, account, request, body, target)


@endpoint("POST", "/ai/youthify", "youthify")
def youthify(sandbox: Sandbox, account: str, request: Request) -> Json:
    """``keys`` is a string in the only public client with it."""
    body = body_of(request)
    photo = fetched(sandbox, body.get("image_url"))
    _check_size(body, photo)
    reply = _one(sandbox, account, request, body, photo)
    return reply | {"keys": reply["keys"][0]}


def _check_size(body: Json, picture: Fetched) -> None:
    """A requested size must be the picture's."""
    for name, real in (("init_width", picture.width), ("init_height", picture.height)):
        if body.get(name, real) != real:
            raise Refused(BAD_PARAMETER, f"非法参数：{name}")


def _multiple(body: Json, name: str, default: float | None = None) -> float:
    """Factor of each side, 1 to 4; ``super_size_multiple`` likewise [assumed]."""
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(BAD_PARAMETER, f"非法参数：{name}")
    if not 1 <= value <= 4:
        raise Refused(BAD_PARAMETER, f"非法参数：{name}")
    return value


def _one(
    sandbox: Sandbox, account: str, request: Request, body: Json, like: Fetched
) -> Json:
    multiple = _multiple(body, "super_size_multiple", 1)
    size = (int(like.width * multiple), int(like.height * multiple))
    wanted = Wanted(body, size, PRICE, kind="change")
    return accepted(taken(sandbox, account, request.base_url, wanted))


@endpoint("POST", "/ai/supersize", SUPERSIZE)
def supersize(sandbox: Sandbox, account: str, request: Request) -> Json:
    body = body_of(request)
    multiple = _multiple(body, "multiple")
    if body.get("super_size_type") not in ("GENERAL", "ANIME"):
        raise Refused(BAD_PARAMETER, "非法参数：super_size_type")
    if body.get("cost_type") not in ("INTEGRAL", "DURATION"):
        raise Refused(BAD_PARAMETER, "非法参数：cost_type")
    small = fetched(sandbox, body.get("url"))
    size = (int(small.width * multiple), int(small.height * multiple))
    wanted = Wanted(body, size, PRICE, kind=SUPERSIZE)
    (job,) = taken(sandbox, account, request.base_url, wanted)
    return {"key": job.key}


@endpoint("GET", "/ai/supersize", "supersize_query")
def supersize_query(sandbox: Sandbox, account: str, request: Request) -> list[Json]:
    """Statuses of drawings [assumed]."""
    now = time.time()
    found = (sandbox.book.get(key, account) for key in request.query.get("key", []))
    return [
        {
            "key": job.key,
            "url": job.request["url"],
            "sr_url": address(sandbox, job, now) if job.stage(now) == "done" else "",
            "multiple": job.request["multiple"],
            "status": {"done": 4, "failed": 3}.get(
                job.stage(now), 1 if job.stage(now) in LIVE else -1
            ),
            "integral": job.paid(now),
            "duration": 0,
        }
        for job in found
        if job and job.kind == SUPERSIZE
    ]
