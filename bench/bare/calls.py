"""The bare script's calls to the gateway."""

import base64
import json
import time
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from bench.bare.renditions import store
from bench.bare.work import Course, Json, Work


class Calls:
    """One thread's client."""

    def __init__(self, course: Course, key: Any) -> None:
        self._course = course
        self._key = key
        self._http = httpx.Client(trust_env=False, verify=False, timeout=30)

    def submit(self, work: Work) -> Work:
        data = self._ask("/ai/create", work.order)
        work.raw = json.dumps(data, ensure_ascii=False)
        work.row = data
        work.key = data["results"][0]["key"]
        return work

    def poll(self, works: list[Work]) -> list[Work]:
        listed = self._ask("/ai/generating_info", [work.key for work in works])["list"]
        found = {row["key"]: row for row in listed}
        for work in works:
            work.row = found[work.key]
        return works

    def fetch(self, work: Work) -> Work:
        answer = self._http.get(work.row["picture_url"])
        assert answer.status_code == 200, answer
        work.stored = store(answer.content, self._course.media)
        return work

    def _ask(self, path: str, body: Json) -> Json:
        answer = self._http.post(
            f"{self._course.gateway}/wj-open/v1{path}",
            content=json.dumps(body),
            headers={
                "Content-Type": "application/json",
                "Authorization": self._authorization(),
            },
        )
        envelope = json.loads(answer.content)
        assert envelope["code"] == "200", envelope
        return envelope["data"]

    def _authorization(self) -> str:
        app_id = self._course.app_id
        claim = {"appId": app_id, "timestamp": int(time.time())}
        original = json.dumps(claim, separators=(",", ":"))
        sign = self._key.sign(original.encode(), PKCS1v15(), SHA256())
        header = {
            "secretKeyVersion": "1",
            "appId": app_id,
            "sign": base64.b64encode(sign).decode(),
            "original": original,
        }
        return json.dumps(header, separators=(",", ":"))
