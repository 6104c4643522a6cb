"""Jumdata's side of the wire: ``/ai/draw/submit`` and ``/ai/draw/query`` (seed 002).

Codes are numbers, times milliseconds, parameters a form. No failure, callback or
cancel is documented: a failing job never ends.
"""

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from sandbox import auth
from sandbox.audit import judge
from sandbox.core import Sandbox
from sandbox.jobs import Job, drawing_time, new_key
from sandbox.wire import Answer, Json, Request, Route, json_answer

PREFIX = "/ai/draw/"
TEXT_LENGTH = 100
RESOLUTIONS = ("1024*1024", "1024*1536", "1536*1024")
STYLES = (
    "探索无限",
    "古风",
    "二次元",
    "写实风格",
    "浮世绘",
    "low poly",
    "未来主义",
    "像素风格",
    "概念艺术",
    "赛博朋克",
    "洛丽塔风格",
    "巴洛克风格",
    "超现实主义",
    "水彩画",
    "蒸汽波艺术",
    "油画",
    "卡通画",
)
_BEIJING = timezone(timedelta(hours=8))


class Refused(Exception):
    def __init__(self, code: int, msg: str) -> None:
        super().__init__(msg)
        self.code = code
        self.msg = msg


def routes(sandbox: Sandbox) -> dict[tuple[str, str], Route]:
    return {
        ("POST", "/ai/draw/submit"): Route(
            "jumdata.submit", _in_envelope(sandbox, submit, charge=True)
        ),
        ("POST", "/ai/draw/query"): Route(
            "jumdata.query", _in_envelope(sandbox, query, charge=False)
        ),
    }


def _in_envelope(
    sandbox: Sandbox,
    handler: Callable[[Sandbox, str, dict[str, str], str], Json],
    *,
    charge: bool,
) -> Callable[[Request], Answer]:
    def answer(request: Request) -> Answer:
        try:
            form = read_form(request)
            account = auth.jumdata_account(
                form, sandbox.credentials, sandbox.switches.auth_window_seconds
            )
            data = handler(sandbox, account, form, request.base_url)
        except auth.NotSigned as error:
            # The code for a bad signature is unknown; 400 is assumed.
            return envelope(400, str(error))
        except Refused as error:
            return envelope(error.code, error.msg)
        return envelope(200, "成功", charge=charge, data=data)

    return answer


def envelope(code: int, msg: str, *, charge: bool = False, **data: Any) -> Answer:
    number = "".join(secrets.choice("0123456789") for _ in range(24))
    return json_answer(
        {"code": code, "msg": msg, "taskNo": number, "charge": charge, **data}
    )


def not_found() -> Answer:
    return envelope(404, "接口地址不正确")


def read_form(request: Request) -> dict[str, str]:
    """Both form encodings; no JSON [assumed, contract jumdata.md §2]."""
    kind = request.headers.get("Content-Type", "")
    if kind.startswith("application/x-www-form-urlencoded"):
        text = request.body.decode(errors="replace")
        return dict(parse_qsl(text, keep_blank_values=True))
    if kind.startswith("multipart/form-data"):
        head = f"Content-Type: {kind}\r\n\r\n".encode()
        return {
            str(part.get_param("name", "", "Content-Disposition")): _text(
                part.get_payload(decode=True)
            )
            for part in message_from_bytes(head + request.body, policy=HTTP).walk()
            if not part.is_multipart()
        }
    raise Refused(400, "参数错误：请求格式应为form-data")


def _text(payload: object) -> str:
    return payload.decode(errors="replace") if isinstance(payload, bytes) else ""


def submit(sandbox: Sandbox, account: str, form: dict[str, str], base: str) -> Json:
    text, resolution = form.get("text", ""), form.get("resolution", "")
    # The page prints "low poly" with a trailing space: both are accepted.
    style, num = form.get("style", "").strip(), form.get("num") or "1"
    if not text.strip():
        raise Refused(400, "text不能为空")
    if len(text) > TEXT_LENGTH:
        raise Refused(400, "text长度不能超过100")
    if resolution not in RESOLUTIONS:
        raise Refused(400, "分辨率值不正确")
    if style not in STYLES:
        raise Refused(400, "风格值不正确")
    if not (num.isascii() and num.isdigit() and 1 <= int(num) <= 6):
        raise Refused(400, "num值不正确")
    verdict = judge(text)
    if verdict.ending == "refuse" or verdict.labels.get("porn") == "block":
        raise Refused(202, "文本黄反拦截")
    job = _job(sandbox, account, {**form, "style": style}, int(num), base)
    sandbox.harm(job)
    sandbox.book.add([job])
    return {"taskId": job.key}


def _job(
    sandbox: Sandbox, account: str, form: dict[str, str], num: int, base: str
) -> Job:
    switches = sandbox.switches
    key, now = new_key().lower(), time.time()
    width, height = (int(side) for side in form["resolution"].split("*"))
    ending = judge(form["text"]).ending
    one = drawing_time(key, switches.draw_seconds, switches.draw_spread)
    return Job(
        key=key,
        gateway="jumdata",
        account=account,
        batch=key,
        prompt=form["text"],
        seed="",
        width=width,
        height=height,
        pictures=num,
        request={"style": form["style"], "num": num},
        base_url=base,
        notify_url="",
        created=now,
        ready=now + switches.submit_seconds,
        draw=one * num,
        expected=num,
        final=num,
        settling=0,
        # Billed at submit; no failure is documented: stuck.
        ending="done" if ending == "done" else "stuck",
    )


def query(sandbox: Sandbox, account: str, form: dict[str, str], base: str) -> Json:
    if not form.get("taskId"):
        raise Refused(400, "taskId不能为空")
    job, now = sandbox.book.get(form["taskId"], account), time.time()
    if job is None or now > job.created + sandbox.switches.task_seconds:
        raise Refused(201, "taskId不存在")
    created = datetime.fromtimestamp(job.created, UTC).astimezone(_BEIJING)
    data: Json = {"createTime": f"{created:%Y-%m-%d %H:%M:%S}", "status": 0}
    if job.stage(now) == "done":
        expiry = int(now + sandbox.switches.address_seconds)
        urls = [
            f"{job.base_url}/cdn/jumdata/{job.file}-{n:02}.png?e={expiry}"
            for n in range(1, job.pictures + 1)
        ]
        data |= {"img": urls[0], "imgUrls": [{"image": url} for url in urls]}
        data["status"] = 1
    return data
