"""The CDN of results, with expiring addresses.

The address holds the expiry (``?e=``, Unix seconds): 403 afterwards; a new query gives
a new one. Deleted file: 404. No signature.
"""

import re
import time
from urllib.parse import unquote

from sandbox.core import Sandbox
from sandbox.pictures import Picture, drawn, remarked
from sandbox.wire import Answer, Request

PREFIX = "/cdn/"
_RESULT = re.compile(
    r"/cdn/(?:ai|jumdata)/([0-9A-Fa-f]{32})-(\d\d)\.(png|jpg|webp)(-v800)?"
)
_FIXED = re.compile(r"/cdn/(?:samples|placeholder)/([^/]+)\.(png|jpg)")
# Scaled picture for the gateway's audit.
AUDIT_SIDE = 800
SAMPLE_SIDE = 384


def result(sandbox: Sandbox, request: Request) -> Answer:
    # Clients must never show the CDN their signature (contract §13.1).
    if request.headers.get("Authorization"):
        sandbox.count("cdn.with_authorization")
    if match := _FIXED.fullmatch(request.path):
        name = unquote(match[1])
        return _picture(Picture(name, name, "", SAMPLE_SIDE, SAMPLE_SIDE, match[2]))
    match = _RESULT.fullmatch(request.path)
    job = sandbox.book.by_file.get(match[1]) if match else None
    now = time.time()
    if match is None or job is None or job.stage(now) != "done":
        return _refused(404, "not found")
    if now > job.end + sandbox.switches.result_seconds or int(match[2]) > job.pictures:
        return _refused(404, "not found")
    expiry = request.first("e")
    if not expiry.isdecimal() or now > int(expiry):
        return _refused(403, "expired")
    longest = sandbox.switches.picture_max_side
    if match[4]:
        longest = min(longest, AUDIT_SIDE)
    scale = min(1.0, longest / max(job.width, job.height))
    name, prompt, seed, remark = f"{job.key}{match[2]}", job.prompt, job.seed, ""
    if scenes := sandbox.switches.picture_scenes:
        remark, prompt, seed = name, "", ""
        name = str(int(job.key[:8], 16) % scenes)
    picture = Picture(
        name,
        prompt,
        seed,
        max(1, round(job.width * scale)),
        max(1, round(job.height * scale)),
        match[3],
    )
    return _picture(picture, remark)


def _picture(picture: Picture, remark: str = "") -> Answer:
    kind = f"image/{picture.kind.replace('jpg', 'jpeg')}"
    content = drawn(picture)
    if remark and picture.kind != "webp":
        content = remarked(content, picture.kind, remark)
    return Answer(body=content, content_type=kind)


def _refused(status: int, text: str) -> Answer:
    return Answer(status=status, body=text.encode(), content_type="text/plain")
