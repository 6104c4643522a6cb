"""``/ai/create`` and its price (contract §7.1, §7.8)."""

import time
from dataclasses import dataclass

from sandbox.audit import Verdict, judge
from sandbox.core import Sandbox
from sandbox.fetching import bad_picture, fetched
from sandbox.jobs import Job, drawing_time, new_key
from sandbox.wire import Json, Request
from sandbox.wujie import prices
from sandbox.wujie.drawing import checked
from sandbox.wujie.endpoints import (
    SENSITIVE,
    SHORT_OF_INTEGRALS,
    Refused,
    body_of,
    endpoint,
)
from sandbox.wujie.masks import check_masks

#: For an init image (contract §7.1).
MOST_PICTURE_BYTES = 2 * 1024**2


@endpoint("POST", "/ai/create", "create")
def create(sandbox: Sandbox, account: str, request: Request) -> Json:
    drawing = checked(body_of(request))
    check_picture(sandbox, drawing)
    wanted = plain(drawing)
    return accepted(taken(sandbox, account, request.base_url, wanted))


def check_picture(sandbox: Sandbox, drawing: Json) -> None:
    """A requested size must be the picture's own."""
    if not drawing.get("init_image_url"):
        return
    found = fetched(sandbox, drawing["init_image_url"])
    told = drawing.get("init_width"), drawing.get("init_height")
    is_known = told == (None, None) or told == (found.width, found.height)
    if not is_known or found.size > MOST_PICTURE_BYTES:
        raise bad_picture()
    check_masks(sandbox, drawing, found)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Checked: picture size, price per key, keys, pictures per key."""

    body: Json
    size: tuple[int, int]
    cost: int
    keys: int = 1
    pictures: int = 1
    kind: str = "usual"


def plain(drawing: Json) -> Wanted:
    size = drawing["width"], drawing["height"]
    one = prices.price(drawing, *size)
    return Wanted(drawing, size, one.total, drawing["num"])


def accepted(jobs: list[Job]) -> Json:
    """Common to most operations (contract §7.1)."""
    now = time.time()
    return {
        "keys": [job.key for job in jobs],
        "results": [
            {
                "key": job.key,
                "expected_second": job.seconds_left(now),
                "batch_task_key": job.batch,
            }
            for job in jobs
        ],
        "expected_integral_cost": sum(job.expected for job in jobs),
    }


def taken(sandbox: Sandbox, account: str, base: str, wanted: Wanted) -> list[Job]:
    """Raises ``Refused`` for its prompt or the balance."""
    if judge(wanted.body.get("prompt", "")).ending == "refuse":
        raise Refused(SENSITIVE, "画面描述含有敏感词")
    with sandbox.book.lock:
        if wanted.cost * wanted.keys > sandbox.balance(account):
            raise Refused(SHORT_OF_INTEGRALS, "积分余额不足")
        jobs = _jobs(sandbox, account, base, wanted)
        for job in jobs:
            sandbox.harm(job)
        sandbox.book.add(jobs)
    sandbox.callbacks.forge(jobs)
    return jobs


def _jobs(sandbox: Sandbox, account: str, base: str, wanted: Wanted) -> list[Job]:
    switches, body = sandbox.switches, wanted.body
    now = time.time()
    batch = new_key()
    verdict = judge(body.get("prompt", ""))
    final = round(wanted.cost * switches.cost_factor)
    notify_url = body.get("notify_url", "")
    width, height = wanted.size
    return [
        Job(
            key=key,
            gateway="wujie",
            account=account,
            batch=batch,
            prompt=body.get("prompt", ""),
            seed=body.get("seed", "-1"),
            width=width,
            height=height,
            pictures=wanted.pictures,
            request=body,
            base_url=base,
            # Without a scheme, as in the vendor's sample: no callback.
            notify_url=notify_url if notify_url.startswith("http") else "",
            created=now,
            ready=now + switches.submit_seconds,
            draw=drawing_time(key, switches.draw_seconds, switches.draw_spread),
            expected=wanted.cost,
            final=final // 2 if verdict.short else final,
            settling=switches.settling_seconds,
            ending=_ending(verdict, body),
            guess=drawing_time(key[::-1], 1.0, switches.estimate_spread),
            kind=wanted.kind,
        )
        for key in (new_key() for _ in range(wanted.keys))
    ]


def _ending(verdict: Verdict, drawing: Json) -> str:
    # "Letters break jobs" (contract §7.1): they time out or fail.
    seed = drawing.get("seed") or "-1"
    if any(letter.isalpha() for letter in seed):
        return "fail"
    return verdict.ending


@endpoint("POST", "/ai/price_info", "price_info")
def price_info(sandbox: Sandbox, account: str, request: Request) -> Json:
    drawing = checked(body_of(request))
    one = prices.price(drawing, drawing["width"], drawing["height"])
    return prices.price_info(one, drawing["num"])
