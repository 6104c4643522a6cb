"""OpenAI Image 图片创建 (seed 001), and the query of its pictures.

Strict: another model's parameter is refused; the real gateway may ignore it (contract
§8.1). Prices are made up.
"""

from typing import Any

from sandbox.core import Sandbox
from sandbox.fetching import bad_picture, fetched
from sandbox.wire import Json, Request
from sandbox.wujie.create import Wanted, taken
from sandbox.wujie.endpoints import BAD_PARAMETER, BAD_SIZE, Refused, body_of, endpoint

KIND = "images"
GPT = "gpt-image-1"
SIZES = {
    GPT: {"1024x1024", "1536x1024", "1024x1536", "auto"},
    "dall-e-2": {"256x256", "512x512", "1024x1024"},
    "dall-e-3": {"1024x1024", "1792x1024", "1024x1792"},
}
QUALITIES = {
    GPT: {"auto", "high", "medium", "low"},
    "dall-e-2": {"auto", "standard"},
    "dall-e-3": {"auto", "hd", "standard"},
}
#: gpt-image-1 only.
CHOICES = {
    "background": {"transparent", "opaque", "auto"},
    "moderation": {"low", "auto"},
    "output_format": {"png", "jpeg", "webp"},
}
EDITS = {
    *("prompt", "model", "n", "output_compression", "quality", "size"),
    *("image", "mask"),
}
#: Each picture's exclusive limit.
MOST_EDITED_BYTES = {GPT: 25 * 1024**2, "dall-e-2": 4 * 1024**2}
#: Quality → integrals per picture.
PRICES = {"high": 16, "hd": 12, "low": 4}
PRICE = 8


@endpoint("POST", "/ai/wj/images/generations", "images")
def generations(sandbox: Sandbox, account: str, request: Request) -> Json:
    return _taken(sandbox, account, request, checked(body_of(request)))


def _taken(sandbox: Sandbox, account: str, request: Request, body: Json) -> Json:
    size = body.get("size", "auto")
    width, height = map(int, ("1024x1024" if size == "auto" else size).split("x"))
    n = body.get("n", 1)
    cost = PRICES.get(body.get("quality", "auto"), PRICE) * n
    # No callback is documented.
    asked = {name: value for name, value in body.items() if name != "notify_url"}
    wanted = Wanted(asked, (width, height), cost, pictures=n, kind=KIND)
    (job,) = taken(sandbox, account, request.base_url, wanted)
    return {"key": job.key}


@endpoint("POST", "/ai/wj/images/edits", "edits")
def edits(sandbox: Sandbox, account: str, request: Request) -> Json:
    """gpt-image-1 and dall-e-2 (contract §8.2); unlisted fields are refused."""
    body = body_of(request)
    if unknown := set(body) - EDITS:
        raise _bad(min(unknown))
    compressed = {"output_format": "webp"} if "output_compression" in body else {}
    checked({**body, **compressed})
    if body["model"] not in MOST_EDITED_BYTES:
        raise _bad("model")
    addresses = body.get("image")
    if not isinstance(addresses, list) or not addresses:
        raise _bad("image")
    pictures = [fetched(sandbox, url) for url in addresses]
    if any(one.size >= MOST_EDITED_BYTES[body["model"]] for one in pictures):
        raise bad_picture()
    if body["model"] == "dall-e-2":
        (one, *others) = pictures
        if others or one.format != "PNG" or one.width != one.height:
            raise bad_picture()
    if "mask" in body:
        fetched(sandbox, body["mask"])
    return _taken(sandbox, account, request, body)


def checked(body: Json) -> Json:
    model = body.get("model")
    if model not in SIZES:
        raise _bad("model")
    if not isinstance(body.get("prompt"), str) or not body["prompt"].strip():
        raise _bad("prompt")
    _whole(body, "n", 1, 1 if model == "dall-e-3" else 10)
    if body.get("size", "1024x1024") not in SIZES[model]:
        raise Refused(BAD_SIZE, "暂时无法支持的尺寸/分辨率")
    if body.get("quality", "auto") not in QUALITIES[model]:
        raise _bad("quality")
    for name, values in CHOICES.items():
        if name in body and (model != GPT or body[name] not in values):
            raise _bad(name)
    if "output_compression" in body:
        _whole(body, "output_compression", 0, 100)
        if body.get("output_format") not in ("jpeg", "webp"):
            raise _bad("output_compression")
    if body.get("background") == "transparent" and (
        body.get("output_format", "png") == "jpeg"
    ):
        raise _bad("background")
    if "style" in body and (
        model != "dall-e-3" or body["style"] not in ("vivid", "natural")
    ):
        raise _bad("style")
    return body


def _whole(body: Json, name: str, low: int, high: int) -> None:
    value: Any = body.get(name, low)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _bad(name)
    if not low <= value <= high:
        raise _bad(name)


def _bad(name: str) -> Refused:
    return Refused(BAD_PARAMETER, f"非法参数：{name}")
