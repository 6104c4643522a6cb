"""4K, transparent and flux drawings (contract §7.3, §7.4). Prices are made up."""

from math import ceil
from typing import Any

from sandbox.core import Sandbox
from sandbox.wire import Json, Request
from sandbox.wujie import prices
from sandbox.wujie.catalogue import MODELS
from sandbox.wujie.create import Wanted, accepted, check_picture, taken
from sandbox.wujie.drawing import checked
from sandbox.wujie.endpoints import BAD_PARAMETER, BAD_SIZE, Refused, body_of, endpoint

SIDES = (1088, 3072)
MOST_PIXELS = 5_017_600
#: A valid side for the common checks; 4K has rules of its own.
USUAL = 1024


@endpoint("POST", "/ai/create/cutDiffusion", "cut_diffusion")
def cut_diffusion(sandbox: Sandbox, account: str, request: Request) -> Json:
    body = body_of(request)
    size = body.get("width"), body.get("height")
    drawing = checked({**body, "width": USUAL, "height": USUAL})
    if not MODELS[drawing["model"]].cut_diffusion:
        raise _bad("model")
    _numbers(body.get("cutdiffusion"), "cutdiff_proportion", "cfg_scale1", "cfg_scale2")
    if body.get("init_image_url"):
        raise _bad("init_image_url")  # text only
    width, height = (side if isinstance(side, int) else 0 for side in size)
    if not all(SIDES[0] <= side <= SIDES[1] for side in (width, height)):
        raise Refused(BAD_SIZE, "暂时无法支持的尺寸/分辨率")
    if width % 64 or height % 64 or width * height > MOST_PIXELS:
        raise Refused(BAD_SIZE, "暂时无法支持的尺寸/分辨率")
    drawing |= {"width": width, "height": height}
    cost = prices.PER_PICTURE * ceil(width * height / prices.PIXELS_INCLUDED)
    return _accepted(sandbox, account, request, drawing, cost)


@endpoint("POST", "/ai/create/layerDiffusion", "layer_diffusion")
def layer_diffusion(sandbox: Sandbox, account: str, request: Request) -> Json:
    drawing = checked(body_of(request))
    if not MODELS[drawing["model"]].layers:
        raise _bad("model")
    layers = drawing.get("layer_diffusion")
    _numbers(layers, "weight", "ending_step")
    if not isinstance(layers, dict) or layers.get("method") not in (1, 2):
        raise _bad("method")
    return _accepted(sandbox, account, request, drawing)


@endpoint("POST", "/ai/create/flux", "flux")
def flux(sandbox: Sandbox, account: str, request: Request) -> Json:
    drawing = checked(body_of(request))
    if "flux" not in MODELS[drawing["model"]].version.lower():
        raise _bad("model")
    check_picture(sandbox, drawing)
    return _accepted(sandbox, account, request, drawing)


def _accepted(
    sandbox: Sandbox,
    account: str,
    request: Request,
    drawing: Json,
    cost: int | None = None,
) -> Json:
    size = (drawing["width"], drawing["height"])
    cost = prices.price(drawing, *size).total if cost is None else cost
    wanted = Wanted(drawing, size, cost, drawing["num"])
    return accepted(taken(sandbox, account, request.base_url, wanted))


def _numbers(given: Any, *names: str) -> None:
    if not isinstance(given, dict):
        raise _bad(names[0])
    for name in names:
        value = given.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _bad(name)


def _bad(name: str) -> Refused:
    return Refused(BAD_PARAMETER, f"非法参数：{name}")
