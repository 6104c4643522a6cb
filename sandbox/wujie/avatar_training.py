"""化身训练: photo check, create, status and delete (contract §10).

Made up: price, a face on every picture above a size, photo status strings. Trainings
have the statuses of drawings [assumed].
"""

from typing import Any

from sandbox.core import Sandbox
from sandbox.fetching import fetched
from sandbox.jobs import Job
from sandbox.wire import Json, Request
from sandbox.wujie.create import Wanted, taken
from sandbox.wujie.endpoints import (
    BAD_PARAMETER,
    Refused,
    body_of,
    endpoint,
    job_of,
)
from sandbox.wujie.results import TRAINING, stage_of

PRICE = 100
SMALLEST_FACE = 100
NO_FACE = "20110019"


@endpoint("POST", "/avatar/image_check_batch", "avatar_check")
def check(sandbox: Sandbox, account: str, request: Request) -> Json:
    rows = []
    for url in _addresses(body_of(request), "image_url_list"):
        picture = fetched(sandbox, url)
        fits = min(picture.width, picture.height) >= SMALLEST_FACE
        rows.append(
            {
                "image_url": url,
                "pass": fits,
                "status": "PASS" if fits else "FACE_TOO_SMALL",
                "message": "" if fits else "未检测到人脸或人脸太小",
                "similarity": 0.9 if fits else 0.0,
            }
        )
    return {"image_check_info_list": rows}


@endpoint("POST", "/avatar/create", "avatar_create")
def create(sandbox: Sandbox, account: str, request: Request) -> Json:
    body = body_of(request)
    pictures = [
        fetched(sandbox, url) for url in _addresses(body, "train_image_url_list")
    ]
    if any(min(one.width, one.height) < SMALLEST_FACE for one in pictures):
        raise Refused(NO_FACE, "未检测到人脸或人脸太小")
    wanted = Wanted(body, (1, 1), PRICE, kind=TRAINING)
    (job,) = taken(sandbox, account, request.base_url, wanted)
    return {"key": job.key, "expected_second": int(job.draw) + 1}


@endpoint("GET", "/avatar/info", "avatar_info")
def info(sandbox: Sandbox, account: str, request: Request) -> Json:
    job = _training(sandbox, account, request.first("key"))
    return {
        "key": job.key,
        "model_fusion_name": f"化身{job.key[:4]}",
        "status": stage_of(job),
    }


@endpoint("POST", "/avatar/delete", "avatar_delete")
def delete(sandbox: Sandbox, account: str, request: Request) -> None:
    """``key`` in the query is ``avatar_key`` here."""
    job = _training(sandbox, account, body_of(request).get("avatar_key"))
    job.request["deleted"] = True
    sandbox.book.save(job)


def _training(sandbox: Sandbox, account: str, key: Any) -> Job:
    job = job_of(sandbox, account, key)
    if job.kind != TRAINING or job.request.get("deleted"):
        raise Refused(BAD_PARAMETER, "非法参数：key")
    return job


def _addresses(body: Json, name: str) -> list[Any]:
    found = body.get(name)
    if not isinstance(found, list) or not found:
        raise Refused(BAD_PARAMETER, f"非法参数：{name}")
    return found
