"""个性相机基础版: portraits of a trained avatar, and its templates (seed 000, §11.1).

Templates are made up, except the key of the seed's sample. Any avatar key of the
documented form is accepted.
"""

import re
from typing import Any

from sandbox.core import Sandbox
from sandbox.wire import Json, Request
from sandbox.wujie.create import Wanted, accepted, taken
from sandbox.wujie.endpoints import BAD_PARAMETER, Refused, body_of, endpoint
from sandbox.wujie.results import stage_of

PRICE = 2
PORTRAIT = (768, 1024)
PROMPT_LENGTH = 500
MOST_TEMPLATES = 5
MOST_OF_EACH = 10
#: The seed's sample.
SAMPLE_AVATAR = "666A1E42BB02FBA6E530269352FF086B"
TEMPLATES = {
    "7795F4C854A4E053D314FA805C4EB742": ("赛博朋克", "城市"),
    "A1B0C6D1E58E4F0F8E8E54D2B0C4D901": ("证件照", "日常"),
    "A1B0C6D1E58E4F0F8E8E54D2B0C4D902": ("海边", "日常"),
    "A1B0C6D1E58E4F0F8E8E54D2B0C4D903": ("汉服", "古风"),
    "A1B0C6D1E58E4F0F8E8E54D2B0C4D904": ("水墨", "古风"),
    "A1B0C6D1E58E4F0F8E8E54D2B0C4D905": ("太空", "幻想"),
}
_KEY = re.compile("[0-9A-F]{32}")


@endpoint("GET", "/avatar/artwork/default_resource", "avatar_resource")
def resource(sandbox: Sandbox, account: str, request: Request) -> Json:
    themes = {theme: f"TH{n}" for n, (_, theme) in enumerate(TEMPLATES.values())}
    return {
        "avatar_key": SAMPLE_AVATAR,
        "template_options": [
            {
                "template_key": key,
                "template_name": name,
                "theme_key": themes[theme],
                "theme_name": theme,
            }
            for key, (name, theme) in TEMPLATES.items()
        ],
    }


@endpoint("POST", "/avatar/artwork/create", "avatar_artwork")
def create(sandbox: Sandbox, account: str, request: Request) -> Json:
    body = checked(body_of(request))
    training = sandbox.book.get(body["avatar_key"], account)
    if training and (training.request.get("deleted") or stage_of(training) != 4):
        raise _bad("avatar_key")
    counts = _counts(body)
    wanted = Wanted(body, PORTRAIT, PRICE, keys=sum(counts.values()), kind="avatar")
    jobs = taken(sandbox, account, request.base_url, wanted)
    templates = [key for key, number in counts.items() for _ in range(number)]
    reply = accepted(jobs)
    for result, template in zip(reply["results"], templates, strict=True):
        del result["batch_task_key"]
        result["template_key"] = template
    return reply


def checked(body: Json) -> Json:
    key, prompt = body.get("avatar_key"), body.get("prompt", "")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise _bad("avatar_key")
    if not isinstance(prompt, str) or len(prompt) > PROMPT_LENGTH:
        raise _bad("prompt")
    return body


def _counts(body: Json) -> dict[str, int]:
    """Template → pictures. Without a template: refused [assumed]."""
    rows: Any = body.get("artwork_templates")
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_TEMPLATES:
        raise _bad("artwork_templates")
    counts = {}
    for row in rows:
        key = row.get("template_key") if isinstance(row, dict) else None
        number = row.get("number", 1) if isinstance(row, dict) else None
        if key not in TEMPLATES or key in counts:
            raise _bad("template_key")
        if isinstance(number, bool) or not isinstance(number, int):
            raise _bad("number")
        if not 1 <= number <= MOST_OF_EACH:
            raise _bad("number")
        counts[key] = number
    return counts


def _bad(name: str) -> Refused:
    return Refused(BAD_PARAMETER, f"非法参数：{name}")
