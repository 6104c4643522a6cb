"""A drawing's result: poll, details, callback."""

import math
import time

from sandbox import book_errors
from sandbox.audit import audit_info, judge
from sandbox.core import Sandbox
from sandbox.jobs import LIVE, Job
from sandbox.wire import Json, Request, Route, dump
from sandbox.wujie.endpoints import (
    BAD_PARAMETER,
    PREFIX,
    Refused,
    endpoint,
    in_envelope,
    job_of,
)
from sandbox.wujie.parameters import asked_of

#: Several pictures under one key.
IMAGES = "images"
#: Avatar trainings.
TRAINING = "training"
PLACEHOLDER = "/cdn/placeholder/involve_yellow.png"
EXTENSIONS = {"png": "png", "jpeg": "jpg", "webp": "webp"}
CHARGED = "积分已扣除"
REFUNDED = "积分已退还"
CHARGE_SHORT = "积分不足, 部分扣款失败"
CHARGING = "积分扣除中，请稍后查询"
FREE = "不需要积分"


@endpoint("POST", "/ai/generating_info", "generating_info")
def generating_info(sandbox: Sandbox, account: str, request: Request) -> Json:
    """With OpenAI Image, unless its own query is on."""
    hidden = {TRAINING}
    if sandbox.switches.images_query_path:
        hidden.add(IMAGES)
    asked = _asked_for(sandbox, account, request)
    jobs = [job for job in asked if job.kind not in hidden]
    now = time.time()
    return {"list": [_progress(sandbox, job, now) for job in jobs]}


def _asked_for(sandbox: Sandbox, account: str, request: Request) -> list[Job]:
    """Sorted, unlike the request: the order is undocumented.

    Unknown and others' keys are left out.
    """
    keys = request.json()
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise Refused(BAD_PARAMETER, "非法参数：key")
    found = (sandbox.book.get(key, account) for key in sorted(set(keys)))
    return [job for job in found if job]


def images_path(sandbox: Sandbox) -> str:
    """图片详情批量查询, if on.

    PATH AND SHAPE ARE PLACEHOLDERS: neither is printed anywhere (contract §8.3).
    """
    path = sandbox.switches.images_query_path
    return PREFIX + path if path else ""


def images_route(sandbox: Sandbox) -> Route:
    return Route("wujie.images_query", in_envelope(sandbox, _images))


def _images(sandbox: Sandbox, account: str, request: Request) -> list[Json]:
    now = time.time()
    jobs = _asked_for(sandbox, account, request)
    items = [_progress(sandbox, job, now) for job in jobs if job.kind == IMAGES]
    for item in items:
        item["image_urls"] = item.pop("picture_url")
    return items


def _progress(sandbox: Sandbox, job: Job, now: float) -> Json:
    """Contract §7.6."""
    stage = job.stage(now)
    cost, message = _cost(sandbox, job, now)
    item = {
        "key": job.key,
        "status": status(job, stage),
        # Unmasked, unlike in ``/ai/info`` (contract §6.4).
        "picture_url": _pictures(sandbox, job, now) if stage == "done" else "",
        "expected_seconds": job.seconds_left(now) if stage in LIVE else 0,
        "start_gen_time": _start(job, now),
        "complete_time": _complete(job, now),
        "complete_percent": job.percent(now),
        "queue_before_num": 0,
        "reduce_time": 0,
        "involve_yellow": _yellow(job, stage),
        "audit_info": "",
        "fail_message": _fail_message(job, stage),
        "model_prompt": job.prompt,
        "integral_cost": cost,
        "integral_cost_message": message,
    }
    if stage in ("submitted", "queued"):
        item["queue_before_num"] = sandbox.book.ahead(job, now)
        item["reduce_time"] = math.ceil(job.draw / sandbox.switches.channels["wujie"])
    _put_audit(sandbox, job, stage, now, item)
    return item


def status(job: Job, stage: str) -> int:
    """Eight documented values; two pairs are synonyms (contract §4.1)."""
    if stage == "submitted":
        return 11 if job.key[0] in "02468ACE" else 0
    if stage == "failed":
        return 12 if job.ending == "fail12" else 3
    return {"queued": 1, "drawing": 2, "done": 4, "cancelled": -1}[stage]


def stage_of(job: Job) -> int:
    return status(job, job.stage(time.time()))


def _cost(sandbox: Sandbox, job: Job, now: float) -> tuple[int, str]:
    if not job.is_settled(now):
        return 0, CHARGING
    if paid := book_errors.cost(sandbox, job, job.paid(now)):
        is_short = judge(job.prompt).short and job.stage(now) == "done"
        return paid, CHARGE_SHORT if is_short else CHARGED
    return 0, FREE if job.stage(now) == "done" else REFUNDED


def _start(job: Job, now: float) -> int:
    return int(job.start) if job.start <= now and not job.cancelled else 0


def _complete(job: Job, now: float) -> int:
    if job.cancelled:
        return int(job.cancelled)
    return int(job.end) if job.end <= now else 0


def _yellow(job: Job, stage: str) -> int:
    return int(stage == "done" and judge(job.prompt).yellow)


def _fail_message(job: Job, stage: str) -> Json:
    if stage == "failed":
        text = "作画超时" if job.ending == "fail12" else "作画失败"
        return {"fail_code": 1, "fail_message": text}
    return {"fail_code": 0, "fail_message": "success"}


def _file(job: Job, number: int) -> str:
    # One in four is a jpg, whatever the address says.
    kind = "jpg" if job.file[-1] in "048C" else "png"
    kind = EXTENSIONS.get(job.request.get("output_format", ""), kind)
    return f"{job.file}-{number:02}.{kind}"


def _pictures(sandbox: Sandbox, job: Job, now: float) -> str | list[str]:
    """Several as a list [assumed]."""
    if job.pictures == 1:
        return address(sandbox, job, now)
    numbers = range(1, job.pictures + 1)
    return [address(sandbox, job, now, number=number) for number in numbers]


def address(
    sandbox: Sandbox, job: Job, now: float, style: str = "", number: int = 1
) -> str:
    expiry = int(now + sandbox.switches.address_seconds)
    return f"{job.base_url}/cdn/ai/{_file(job, number)}{style}?e={expiry}"


def _audit(sandbox: Sandbox, job: Job, now: float, *, text: bool) -> Json | None:
    url = address(sandbox, job, now, "-v800")
    return audit_info(judge(job.prompt), job.key, url, text=text)


def _put_audit(sandbox: Sandbox, job: Job, stage: str, now: float, item: Json) -> None:
    """A string in queries; a missing audit has no field."""
    if stage != "done":
        return
    audit = _audit(sandbox, job, now, text=True)
    if audit is None:
        del item["audit_info"]
    else:
        item["audit_info"] = dump(audit)


@endpoint("GET", "/ai/info", "info")
def info(sandbox: Sandbox, account: str, request: Request) -> Json:
    """All fields of seed 003."""
    job = job_of(sandbox, account, request.first("key"))
    now = time.time()
    stage = job.stage(now)
    cost, message = _cost(sandbox, job, now)
    item = {
        **asked_of(job),
        "status": status(job, stage),
        "picture_url": _shown_url(sandbox, job, stage, now),
        "mini_picture_url": "",
        "generate_time": int(job.created),
        "start_gen_time": _start(job, now),
        "complete_time": _complete(job, now),
        "involve_yellow": _yellow(job, stage),
        "audit_info": "",
        "technology_info": _technology(job) if stage == "done" else None,
        "fail_message": _fail_message(job, stage),
        "integral_cost": cost,
        "integral_cost_message": message,
    }
    _put_audit(sandbox, job, stage, now, item)
    return item


def _shown_url(sandbox: Sandbox, job: Job, stage: str, now: float) -> str:
    if stage != "done":
        return ""
    if _yellow(job, stage):
        return job.base_url + PLACEHOLDER
    return address(sandbox, job, now)


def _technology(job: Job) -> Json:
    return {
        "machine_no": f"sandbox-{job.place % 8}",
        "gpu_type": "none (sandbox)",
        "power_consumption": round(job.draw * 5e-5, 7),
    }


def callback(sandbox: Sandbox, job: Job, now: float) -> Json:
    """The documented payload (contract §4.5): ``code`` is a number here."""
    cost, message = _cost(sandbox, job, now)
    if job.kind == TRAINING:  # form unknown: common fields (§4.5)
        is_done = job.stage(now) == "done"
        return {"key": job.key, "success": is_done, "code": 0 if is_done else 1}
    shared = {
        "key": job.key,
        "batch_task_key": job.batch,
        "integral_cost": cost,
        "integral_cost_message": message,
    }
    if job.stage(now) == "failed":
        text = _fail_message(job, "failed")["fail_message"]
        return {**shared, "success": False, "code": 1, "fail_message": text}
    payload = {
        **shared,
        "success": True,
        "code": 0,
        "artwork_url": address(sandbox, job, now),
        "involve_yellow": _yellow(job, "done"),
        "complete_time": _complete(job, now),
    }
    audit = _audit(sandbox, job, now, text=False)
    return payload if audit is None else {**payload, "audit_info": audit}
