"""Asking for a drawing, and for its price (contract §7.1 and §7.8)."""

import time

from sandbox.audit import Verdict, judge
from sandbox.core import Sandbox
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


@endpoint("POST", "/ai/create", "create")
def create(sandbox: Sandbox, account: str, request: Request) -> Json:
    drawing = checked(body_of(request))
    if judge(drawing.get("prompt", "")).ending == "refuse":
        raise Refused(SENSITIVE, "画面描述含有敏感词")
    one = prices.price(drawing, drawing["width"], drawing["height"])
    with sandbox.book.lock:
        if one.total * drawing["num"] > sandbox.balance(account):
            raise Refused(SHORT_OF_INTEGRALS, "积分余额不足")
        jobs = _jobs(sandbox, account, request.base_url, drawing, one.total)
        sandbox.book.add(jobs)
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
        "expected_integral_cost": one.total * len(jobs),
    }


def _jobs(
    sandbox: Sandbox, account: str, base: str, drawing: Json, cost: int
) -> list[Job]:
    switches = sandbox.switches
    now = time.time()
    batch = new_key()
    verdict = judge(drawing.get("prompt", ""))
    final = round(cost * switches.cost_factor)
    notify_url = drawing.get("notify_url", "")
    return [
        Job(
            key=key,
            gateway="wujie",
            account=account,
            batch=batch,
            prompt=drawing.get("prompt", ""),
            seed=drawing.get("seed", "-1"),
            width=drawing["width"],
            height=drawing["height"],
            pictures=1,
            request=drawing,
            base_url=base,
            # The vendor's own sample has an address without a scheme: not called.
            notify_url=notify_url if notify_url.startswith("http") else "",
            created=now,
            ready=now + switches.submit_seconds,
            draw=drawing_time(key, switches.draw_seconds, switches.draw_spread),
            expected=cost,
            final=final // 2 if verdict.short else final,
            settling=switches.settling_seconds,
            ending=_ending(verdict, drawing),
            guess=drawing_time(key[::-1], 1.0, switches.estimate_spread),
        )
        for key in (new_key() for _ in range(drawing["num"]))
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
