"""``model_param`` of a drawing: the masks of inpainting (contract §7.1).

A string of JSON, for model 4 with an init image. A mask has its picture's size
[assumed]; its content is ignored.
"""

import json
from typing import Any

from sandbox.core import Sandbox
from sandbox.fetching import Fetched, bad_picture, fetched
from sandbox.wire import Json
from sandbox.wujie.endpoints import BAD_PARAMETER, Refused

MODEL = 4
NAMES = {"mask_image_url", "mask_zone_image_url"}


def addresses(drawing: Json) -> list[str]:
    """Raises ``Refused`` with 20010001 for anything undocumented."""
    if "model_param" not in drawing:
        return []
    told = _read(drawing["model_param"])
    is_known = isinstance(told, dict) and bool(told) and set(told) <= NAMES
    if not is_known or drawing["model"] != MODEL or not drawing.get("init_image_url"):
        raise Refused(BAD_PARAMETER, "非法参数：model_param")
    return list(told.values())


def _read(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None


def check_masks(sandbox: Sandbox, drawing: Json, picture: Fetched) -> None:
    """Raises ``Refused`` with 20110002 for a wrong size."""
    for address in addresses(drawing):
        mask = fetched(sandbox, address)
        if (mask.width, mask.height) != (picture.width, picture.height):
            raise bad_picture()
