"""Cancellation, acceleration, queue length (contract §7.9)."""

import math
import time

from sandbox.core import Sandbox
from sandbox.wire import Json, Request
from sandbox.wujie import prices
from sandbox.wujie.catalogue import model_of
from sandbox.wujie.endpoints import (
    BAD_PARAMETER,
    NOT_QUEUED,
    STATE_CHANGED,
    Refused,
    body_of,
    endpoint,
    job_of,
)


@endpoint("POST", "/ai/cancel", "cancel")
def cancel(sandbox: Sandbox, account: str, request: Request) -> str:
    job = job_of(sandbox, account, body_of(request).get("key"))
    if not sandbox.book.cancel(job):
        raise Refused(NOT_QUEUED, "该作品不在排队中，无法撤销")
    return "success"


@endpoint("POST", "/ai/accelerate", "accelerate")
def accelerate(sandbox: Sandbox, account: str, request: Request) -> str:
    asked = body_of(request)
    job, steps = job_of(sandbox, account, asked.get("key")), asked.get("step_num")
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise Refused(BAD_PARAMETER, "非法参数：step_num")
    if not sandbox.book.accelerate(job, steps, prices.PER_ACCELERATION_STEP):
        raise Refused(STATE_CHANGED, "作品状态改变，请刷新后查看")
    return "success"


@endpoint("GET", "/ai/model_info", "model_info")
def model_info(sandbox: Sandbox, account: str, request: Request) -> Json:
    model_of(request.first("model"))
    waiting, channels = sandbox.book.queue("wujie", time.time())
    one = sandbox.switches.draw_seconds
    return {
        "expected_seconds": math.ceil(one * (waiting / channels + 1)),
        "queue_num": waiting,
        "reduce_time": math.ceil(one / channels),
    }
