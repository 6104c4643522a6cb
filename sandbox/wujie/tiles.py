"""``multi_diffusion`` of a drawing (contract §7.1.1).

Unknown members are refused.
"""

import math
from typing import Any

from sandbox.wire import Json
from sandbox.wujie.endpoints import BAD_PARAMETER, Refused

METHODS = ("MultiDiffusion", "Mixture of Diffusers")
UPSCALERS = (
    "None",
    "Lanczos",
    "Nearest",
    "ESRGAN_4x",
    "LDSR",
    "R-ESRGAN 4x+",
    "R-ESRGAN 4x+ Anime6B",
    "ScuNET GAN",
    "ScuNET PSNR",
    "SwinIR 4x",
)
BLENDS = ("Background", "Foreground")
#: Member → ``bool``, ``str``, a tuple of strings, or (lowest, highest, step); step 0:
#: any number.
DIFFUSION: dict[str, Any] = {
    "enabled": bool,
    "method": METHODS,
    "overwrite_size": bool,
    "keep_input_size": bool,
    "image_width": (1, math.inf, 1),
    "image_height": (1, math.inf, 1),
    "tile_width": (16, 256, 16),
    "tile_height": (16, 256, 16),
    "overlap": (0, 256, 1),
    "tile_batch_size": (1, 8, 1),
    "upscaler_name": UPSCALERS,
    "scale_factor": (1, 8, 0),
    "noise_inverse": bool,
    "noise_inverse_steps": (1, 200, 1),
    "noise_inverse_retouch": (1, 100, 0),
    "noise_inverse_renoise_strength": (0, 2, 0),
    "noise_inverse_renoise_kernel": (2, 512, 1),
    "control_tensor_cpu": bool,
    "enable_bbox_control": bool,
    "draw_background": bool,
    "causal_layers": bool,
    "bbox_control_states": list,
}
#: Ranges undocumented; defaults are shares of the picture.
AREA: dict[str, Any] = {
    "enabled": bool,
    "x": (0, 1, 0),
    "y": (0, 1, 0),
    "w": (0, 1, 0),
    "h": (0, 1, 0),
    "prompt": str,
    "neg_prompt": str,
    "blend_mode": BLENDS,
    "feather_ratio": (0, 1, 0),
    "seed": (-1, math.inf, 1),
}
VAE: dict[str, Any] = {
    "enabled": bool,
    "encoder_tile_size": (256, 4096, 16),
    "decoder_tile_size": (48, 512, 16),
    "vae_to_gpu": bool,
    "fast_decoder": bool,
    "fast_encoder": bool,
    "color_fix": bool,
}


def check_tiles(given: Json) -> None:
    """Raises ``Refused`` with 20010001 and the member's name."""
    if "multi_diffusion" not in given:
        return
    told = given["multi_diffusion"]
    _check("multi_diffusion", told, {"tiled_diffusion": DIFFUSION, "tiled_vae": VAE})
    for area in told.get("tiled_diffusion", {}).get("bbox_control_states", []):
        _check("bbox_control_states", area, AREA)


def _check(name: str, value: Any, allowed: Any) -> None:
    if isinstance(allowed, dict):
        if not isinstance(value, dict):
            raise _bad(name)
        for member, found in value.items():
            if member not in allowed:
                raise _bad(member)
            _check(member, found, allowed[member])
    elif isinstance(allowed, type):
        if not isinstance(value, allowed):
            raise _bad(name)
    elif isinstance(allowed[0], str):
        if value not in allowed:
            raise _bad(name)
    elif not _is_in(value, *allowed):
        raise _bad(name)


def _is_in(value: Any, low: float, high: float, step: int) -> bool:
    kinds = (int,) if step else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds):
        return False
    return low <= value <= high and not (step and value % step)


def _bad(name: str) -> Refused:
    return Refused(BAD_PARAMETER, f"非法参数：{name}")
