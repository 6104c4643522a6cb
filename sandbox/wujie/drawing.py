"""The parameters of ``/ai/create`` (contract wujie.md §7.1).

Unknown fields are ignored. Messages are made up.
"""

import math
from typing import Any

from sandbox.wire import Json
from sandbox.wujie.catalogue import MIDJOURNEY, MODELS
from sandbox.wujie.endpoints import BAD_PARAMETER, BAD_SIZE, Refused
from sandbox.wujie.masks import addresses
from sandbox.wujie.tiles import check_tiles

PROMPT_LENGTH = 1500
UC_PROMPT_LENGTH = 1000
LONGEST_SIDE = 1344
PREFINE_LONGEST_SIDE = 1024
PREFINE_PIXELS = 1024 * 576
#: The long side, with ``create_source`` 1.
RAISED_TO = 2048
# (lowest, highest, only whole numbers)
_RANGES = {
    "num": (1, 100, True),
    "creativity_degree": (0, 100, True),
    "super_size_multiple": (1, 4, False),
    "prefine_multiple": (1, 2, False),
    "control_weight": (0, 2, False),
    "control_mode": (0, 2, True),
    "create_source": (0, 1, True),
    "hr_second_pass_strength": (0, math.inf, False),
    "steps": (1, math.inf, True),
    "cfg": (1, 30, False),
    "clip_skip": (1, 12, True),
    "sampler_index": (0, math.inf, True),
    "accelerate_times": (0, math.inf, True),
    "init_width": (1, math.inf, True),
    "init_height": (1, math.inf, True),
}
_LISTS = {
    "image_type": 10,
    "style": 10,
    "artists": 10,
    "element_magic": 10,
    "style_decoration": 10,
    "character": 10,
    "model_fusion": 5,
}
_TEXTS = ("prompt", "uc_prompt", "seed", "artist", "style_model", "notify_url")
_FLAGS = ("fully_custom_uc_prompt", "control_img2_img")
_PREPARATIONS = ("INVERT_SCRIBBLE", "FAKE_SCRIBBLE", "SCRIBBLE", "NONE")
#: ControlNet only.
_OF_GUIDE = ("pretreatment_method", "control_weight", "control_mode", *_FLAGS[1:])
_PATTERNS = ("CANNY", "OPENPOSE", "DEPTH", "HED", "MLSD", "NORMAL", "SCRIBBLE", "SEG")


def checked(body: Json) -> Json:
    """Sizes aligned; raises ``Refused`` with 20010001 or 20010015."""
    given = {name: value for name, value in body.items() if value is not None}
    for name in _TEXTS:
        if not isinstance(given.get(name, ""), str):
            raise _bad(name)
    for name in _FLAGS:
        if not isinstance(given.get(name, False), bool):
            raise _bad(name)
    for name, (low, high, whole) in _RANGES.items():
        if name in given:
            _check_number(name, given[name], low, high, whole)
    for name, most in _LISTS.items():
        kind = dict if name == "model_fusion" else str
        entries = given.get(name, [])
        if not isinstance(entries, list) or len(entries) > most:
            raise _bad(name)
        if not all(isinstance(entry, kind) for entry in entries):
            raise _bad(name)
    _check_model(given)
    _check_guide(given)
    _check_words(given)
    _check_size(given)
    addresses(given)
    check_tiles(given)
    return given


def _bad(name: str) -> Refused:
    return Refused(BAD_PARAMETER, f"非法参数：{name}")


def _check_number(name: str, value: Any, low: float, high: float, whole: bool) -> None:
    kinds = (int,) if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds):
        raise _bad(name)
    if not low <= value <= high:
        raise _bad(name)


def _check_model(given: Json) -> None:
    model = MODELS.get(given["model"]) if isinstance(given.get("model"), int) else None
    if model is None:
        raise _bad("model")
    given.setdefault("num", 1)
    if model.type == MIDJOURNEY and given["num"] % 4:
        raise _bad("num")


def _check_guide(given: Json) -> None:
    """ControlNet and a size from the picture need a picture with its size."""
    if given.get("pattern") not in (None, "", *_PATTERNS):
        raise _bad("pattern")
    if given.get("pretreatment_method") not in (None, *_PREPARATIONS):
        raise _bad("pretreatment_method")
    if (given.get("pattern") or given.get("create_source") == 1) and not (
        given.get("init_image_url")
        and given.get("init_width")
        and given.get("init_height")
    ):
        raise _bad("init_image_url")
    for name in _OF_GUIDE:
        if given.get(name, "NONE") != "NONE" and not given.get("pattern"):
            raise _bad(name)


def _check_words(given: Json) -> None:
    prompt = given.get("prompt", "")
    if len(prompt) > PROMPT_LENGTH or not (
        prompt.strip() or given.get("init_image_url")
    ):
        raise _bad("prompt")
    if len(given.get("uc_prompt", "")) > UC_PROMPT_LENGTH:
        raise _bad("uc_prompt")


def _check_size(given: Json) -> None:
    if given.get("create_source") == 1:
        _take_size(given)
        return
    if given.get("pattern"):
        # The init image may give the size.
        given.setdefault("width", given["init_width"])
        given.setdefault("height", given["init_height"])
    for side in ("width", "height"):
        if side not in given:
            raise _bad(side)
        _check_number(side, given[side], 1, math.inf, whole=True)
        given[side] = aligned(given[side])
    width, height = given["width"], given["height"]
    if min(width, height) < 64 or max(width, height) > LONGEST_SIDE:
        raise Refused(BAD_SIZE, "暂时无法支持的尺寸/分辨率")
    if given.get("prefine_multiple", 1) > 1 and (
        max(width, height) > PREFINE_LONGEST_SIDE or width * height > PREFINE_PIXELS
    ):
        raise Refused(BAD_SIZE, "暂时无法支持的尺寸/分辨率")


def _take_size(given: Json) -> None:
    """The picture's size, its long side raised to 2048; no limits [assumed].

    Too large to be refined.
    """
    if given.get("prefine_multiple", 1) > 1:
        raise Refused(BAD_SIZE, "暂时无法支持的尺寸/分辨率")
    long_side = max(given["init_width"], given["init_height"])
    scale = max(RAISED_TO / long_side, 1)
    for side in ("width", "height"):
        given[side] = max(aligned(round(given[f"init_{side}"] * scale)), 64)


def aligned(side: int) -> int:
    """A multiple of 64 as documented: 96 becomes 64, 97 becomes 128 (§14.21)."""
    return (side + 31) // 64 * 64
