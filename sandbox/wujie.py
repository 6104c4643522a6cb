"""Wujie's side of the wire: ``/wj-open/v1/…`` (contract wujie.md).

Codes are strings here, times whole seconds. Where the contract knows nothing, the
comment says what was assumed.
"""

import math
import random
import secrets
import time
from collections.abc import Callable
from typing import Any

from sandbox import auth, catalogue, prices
from sandbox.audit import Verdict, audit_info, judge
from sandbox.core import Sandbox
from sandbox.drawing import BAD_PARAMETER, Refused, checked
from sandbox.jobs import LIVE, Job
from sandbox.wire import Answer, Json, NotJson, Request, Route, dump, json_answer

PREFIX = "/wj-open/v1"
SENSITIVE = "20110001"
STATE_CHANGED = "20110009"
SHORT_OF_INTEGRALS = "20110010"
NOT_QUEUED = "20110011"
# The real code for a bad signature is unknown; this one exists in the sandbox only.
SANDBOX_UNAUTHORISED = "SANDBOX401"
PLACEHOLDER = "/cdn/placeholder/involve_yellow.png"

CHARGED = "积分已扣除"
REFUNDED = "积分已退还"
CHARGE_SHORT = "积分不足, 部分扣款失败"
CHARGING = "积分扣除中，请稍后查询"
FREE = "不需要积分"

Handler = Callable[[Sandbox, str, Request], Any]
_HANDLERS: dict[tuple[str, str], tuple[str, Handler]] = {}


def endpoint(verb: str, path: str, name: str) -> Callable[[Handler], Handler]:
    """Enter a handler ``(sandbox, account, request) -> data`` into the table."""

    def enter(handler: Handler) -> Handler:
        _HANDLERS[verb, PREFIX + path] = (f"wujie.{name}", handler)
        return handler

    return enter


def routes(sandbox: Sandbox) -> dict[tuple[str, str], Route]:
    return {
        address: Route(name, _in_envelope(sandbox, handler))
        for address, (name, handler) in _HANDLERS.items()
    }


def _in_envelope(sandbox: Sandbox, handler: Handler) -> Callable[[Request], Answer]:
    def answer(request: Request) -> Answer:
        try:
            account = auth.wujie_account(
                request.headers.get("Authorization"),
                sandbox.credentials,
                sandbox.switches.auth_window_seconds,
            )
            data = handler(sandbox, account, request)
        except auth.NotSigned as error:
            text = f"鉴权失败（{error}；code仅沙盒使用）"
            return envelope(None, SANDBOX_UNAUTHORISED, text, status=401)
        except NotJson:
            return envelope(None, BAD_PARAMETER, "非法参数：JSON")
        except Refused as error:
            return envelope(None, error.code, error.message)
        return envelope(data)

    return answer


def envelope(
    data: Any, code: str = "200", message: str = "success", status: int = 200
) -> Answer:
    answer = json_answer({"code": code, "message": message, "data": data}, status)
    answer.headers["TRACE_ID"] = secrets.token_hex(16)
    return answer


def not_found() -> Answer:
    """An address that does not exist; the real answer is unknown."""
    return envelope(None, "SANDBOX404", "接口不存在（code仅沙盒使用）", status=404)


# Drawing


@endpoint("POST", "/ai/create", "create")
def create(sandbox: Sandbox, account: str, request: Request) -> Json:
    drawing = checked(request.json())
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
        )
        for key in (new_key() for _ in range(drawing["num"]))
    ]


def _ending(verdict: Verdict, drawing: Json) -> str:
    # "Letters break jobs" (contract §7.1): they time out or fail.
    seed = drawing.get("seed") or "-1"
    if any(letter.isalpha() for letter in seed):
        return "fail"
    return verdict.ending


def new_key() -> str:
    return secrets.token_hex(16).upper()


def drawing_time(key: str, seconds: float, spread: float) -> float:
    """This key's own drawing time, within the spread around the usual one."""
    return seconds * (1 + spread * random.Random(key).uniform(-1, 1))


@endpoint("POST", "/ai/price_info", "price_info")
def price_info(sandbox: Sandbox, account: str, request: Request) -> Json:
    drawing = checked(request.json())
    one = prices.price(drawing, drawing["width"], drawing["height"])
    return prices.price_info(one, drawing["num"])


# Results


@endpoint("POST", "/ai/generating_info", "generating_info")
def generating_info(sandbox: Sandbox, account: str, request: Request) -> Json:
    keys = request.json()
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise Refused(BAD_PARAMETER, "非法参数：key")
    now = time.time()
    # The order of the answer is not documented: sorted, so that nobody relies on the
    # order of the question. Keys that are unknown or another's are left out.
    found = (sandbox.book.get(key, account) for key in sorted(set(keys)))
    return {"list": [_progress(sandbox, job, now) for job in found if job]}


def _progress(sandbox: Sandbox, job: Job, now: float) -> Json:
    """One item of the poll: the fields of contract §7.6."""
    stage = job.stage(now)
    cost, message = _cost(job, now)
    item = {
        "key": job.key,
        "status": status(job, stage),
        # Not masked here even if it offends; ``/ai/info`` does mask (contract §6.4).
        "picture_url": _picture_url(sandbox, job, now) if stage == "done" else "",
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
    """The eight documented values; two pairs mean the same (contract §4.1)."""
    if stage == "submitted":
        return 11 if job.key[0] in "02468ACE" else 0
    if stage == "failed":
        return 12 if job.ending == "fail12" else 3
    return {"queued": 1, "drawing": 2, "done": 4, "cancelled": -1}[stage]


def _cost(job: Job, now: float) -> tuple[int, str]:
    if not job.is_settled(now):
        return 0, CHARGING
    if job.stage(now) != "done":
        return 0, REFUNDED
    if judge(job.prompt).short:
        return job.final, CHARGE_SHORT
    return job.final, CHARGED if job.final else FREE


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


def _file(job: Job) -> str:
    # About one in four is a jpg: nobody may take the type from the address.
    return f"{job.key}-01.{'jpg' if job.key[-1] in '048C' else 'png'}"


def _picture_url(sandbox: Sandbox, job: Job, now: float, style: str = "") -> str:
    expiry = int(now + sandbox.switches.address_seconds)
    return f"{job.base_url}/cdn/ai/{_file(job)}{style}?e={expiry}"


def _audit(sandbox: Sandbox, job: Job, now: float, *, text: bool) -> Json | None:
    url = _picture_url(sandbox, job, now, "-v800")
    return audit_info(judge(job.prompt), job.key, url, text=text)


def _put_audit(sandbox: Sandbox, job: Job, stage: str, now: float, item: Json) -> None:
    """``audit_info`` is a string in queries; a missing audit has no field at all."""
    if stage != "done":
        return
    audit = _audit(sandbox, job, now, text=True)
    if audit is None:
        del item["audit_info"]
    else:
        item["audit_info"] = dump(audit)


@endpoint("GET", "/ai/info", "info")
def info(sandbox: Sandbox, account: str, request: Request) -> Json:
    job = _job(sandbox, account, request.first("key"))
    now = time.time()
    stage = job.stage(now)
    cost, message = _cost(job, now)
    asked = job.request
    item = {
        "prompt": job.prompt,
        "uc_prompt": asked.get("uc_prompt", ""),
        "type": catalogue.MODELS[asked["model"]].type,
        "model": asked["model"],
        "width": job.width,
        "height": job.height,
        "status": status(job, stage),
        "picture_url": _shown_url(sandbox, job, stage, now),
        "mini_picture_url": "",
        "init_image_url": asked.get("init_image_url", ""),
        "init_image_similarity": asked.get("init_image_similarity", 50),
        "creativity_degree": asked.get("creativity_degree", 50),
        # Arrays in the request, text here (contract §14.15).
        "artist": ",".join(asked.get("artists") or [asked.get("artist", "")]),
        "style": ",".join(asked.get("style", [])),
        "image_type": ",".join(asked.get("image_type", [])),
        "element_magic": asked.get("element_magic", []),
        "generate_time": int(job.created),
        "start_gen_time": _start(job, now),
        "complete_time": _complete(job, now),
        "involve_yellow": _yellow(job, stage),
        "audit_info": "",
        "technology_info": _technology(job) if stage == "done" else None,
        "fail_message": _fail_message(job, stage),
        "model_prompt": job.prompt,
        "character_options": asked.get("character", []),
        "model_fusion": _fusion(asked),
        "style_model": asked.get("style_model", ""),
        "pretreatment_image": "",
        "pretreatment_method": asked.get("pretreatment_method"),
        "steps": asked.get("steps", prices.PRESET_STEPS),
        "cfg": float(asked.get("cfg", 7)),
        "sampler_index": asked.get("sampler_index", 0),
        "seed": job.seed,
        "integral_cost": cost,
        "integral_cost_message": message,
        "multi_diffusion": asked.get("multi_diffusion"),
        "hr_second_pass_strength": asked.get("hr_second_pass_strength"),
        "layer_diffusion": asked.get("layer_diffusion"),
        "pattern": asked.get("pattern", ""),
        "cut_diffusion": asked.get("cutdiffusion"),
    }
    _put_audit(sandbox, job, stage, now, item)
    return item


def _job(sandbox: Sandbox, account: str, key: Any) -> Job:
    """The account's job; what a real gateway says to an unknown key is unknown."""
    job = sandbox.book.get(key, account) if isinstance(key, str) else None
    if job is None:
        raise Refused(BAD_PARAMETER, "非法参数：key")
    return job


def _shown_url(sandbox: Sandbox, job: Job, stage: str, now: float) -> str:
    if stage != "done":
        return ""
    if _yellow(job, stage):
        return job.base_url + PLACEHOLDER
    return _picture_url(sandbox, job, now)


def _technology(job: Job) -> Json:
    return {
        "machine_no": f"sandbox-{job.place % 8}",
        "gpu_type": "none (sandbox)",
        "power_consumption": round(job.draw * 5e-5, 7),
    }


def _fusion(asked: Json) -> list[Json]:
    """Keys in the request, names here (contract §14.15)."""
    return [
        {
            "name": catalogue.FUSIONS.get(str(entry.get("key")), entry.get("key")),
            "weight": entry.get("weight", 1.0),
        }
        for entry in asked.get("model_fusion", [])
        if isinstance(entry, dict)
    ]


def callback(sandbox: Sandbox, job: Job, now: float) -> Json:
    """The documented payload (contract §4.5): ``code`` is a number here."""
    cost, message = _cost(job, now)
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
        "artwork_url": _picture_url(sandbox, job, now),
        "involve_yellow": _yellow(job, "done"),
        "complete_time": _complete(job, now),
    }
    audit = _audit(sandbox, job, now, text=False)
    return payload if audit is None else {**payload, "audit_info": audit}


@endpoint("POST", "/ai/artwork/history", "history")
def history(sandbox: Sandbox, account: str, request: Request) -> Json:
    """Newest first and zero-based; the real order is unknown (contract §7.7)."""
    asked = request.json()
    page, size = asked.get("page_num"), asked.get("page_size")
    if not (isinstance(page, int) and isinstance(size, int)) or not (
        page >= 0 and 1 <= size <= 100 and asked.get("ai_artwork_type")
    ):
        raise Refused(BAD_PARAMETER, "非法参数")
    keys: list[str] = []
    if asked["ai_artwork_type"] == "PICTURE":
        keys = sandbox.book.by_account.get(account, [])
    end = max(0, len(keys) - page * size)
    return {
        "list": [{"key": key} for key in reversed(keys[max(0, end - size) : end])],
        "page_num": page,
        "page_size": size,
        "total": len(keys),
    }


# Queue


@endpoint("POST", "/ai/cancel", "cancel")
def cancel(sandbox: Sandbox, account: str, request: Request) -> str:
    job = _job(sandbox, account, request.json().get("key"))
    if not sandbox.book.cancel(job):
        raise Refused(NOT_QUEUED, "该作品不在排队中，无法撤销")
    return "success"


@endpoint("POST", "/ai/accelerate", "accelerate")
def accelerate(sandbox: Sandbox, account: str, request: Request) -> str:
    asked = request.json()
    job, steps = _job(sandbox, account, asked.get("key")), asked.get("step_num")
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise Refused(BAD_PARAMETER, "非法参数：step_num")
    if not sandbox.book.accelerate(job, steps, prices.PER_ACCELERATION_STEP):
        raise Refused(STATE_CHANGED, "作品状态改变，请刷新后查看")
    return "success"


@endpoint("GET", "/ai/model_info", "model_info")
def model_info(sandbox: Sandbox, account: str, request: Request) -> Json:
    _model(request.first("model"))
    waiting, channels = sandbox.book.queue("wujie", time.time())
    one = sandbox.switches.draw_seconds
    return {
        "expected_seconds": math.ceil(one * (waiting / channels + 1)),
        "queue_num": waiting,
        "reduce_time": math.ceil(one / channels),
    }


def _model(code: str) -> catalogue.Model:
    model = catalogue.MODELS.get(int(code)) if code.isdecimal() else None
    if model is None:
        raise Refused(BAD_PARAMETER, "非法参数：model")
    return model


# Catalogue and account


@endpoint("GET", "/ai/model_base_infos", "model_base_infos")
def model_base_infos(sandbox: Sandbox, account: str, request: Request) -> list[Json]:
    return catalogue.models()


@endpoint("GET", "/ai/default_resource", "default_resource")
def default_resource(sandbox: Sandbox, account: str, request: Request) -> Json:
    return catalogue.resources(_model(request.first("model")), request.base_url)


@endpoint("GET", "/ai/default_resource_style_model", "default_resource_style_model")
def style_models(sandbox: Sandbox, account: str, request: Request) -> Json:
    return catalogue.style_models(request.base_url)


@endpoint("GET", "/account/availableIntegralBalance", "balance")
def balance(sandbox: Sandbox, account: str, request: Request) -> Json:
    return {"balance": sandbox.balance(account)}
