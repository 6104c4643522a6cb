"""Prices of drawings. THESE PRICES ARE MADE UP.

The vendors' price pages are not available. Only these come from a source: 2 integrals
per acceleration step and picture, 2 per Midjourney picture, extra cost above the preset
steps (contract §5.3).
"""

from dataclasses import dataclass
from math import ceil

from sandbox.wire import Json

PER_PICTURE = 2
PER_STYLE_MODEL = 1
PER_ACCELERATION_STEP = 2
PRESET_STEPS = 20
# Each further such number of pixels costs one PER_PICTURE more.
PIXELS_INCLUDED = 1024 * 1024
PER_SUPER_SIZE = 2


@dataclass(frozen=True, slots=True)
class Price:
    """Integrals a picture, split as in ``/ai/price_info``."""

    create: int
    resolution: int
    style_model: int
    steps: int
    accelerate: int
    super_size: int

    @property
    def total(self) -> int:
        return (
            self.create
            + self.resolution
            + self.style_model
            + self.steps
            + self.accelerate
            + self.super_size
        )


def price(drawing: Json, width: int, height: int) -> Price:
    """Of one picture of a checked ``/ai/create`` body."""
    steps = drawing.get("steps") or PRESET_STEPS
    enlarged = (drawing.get("super_size_multiple") or 1) > 1
    refined = (drawing.get("prefine_multiple") or 1) > 1
    extra = ceil(width * height / PIXELS_INCLUDED) - 1
    return Price(
        create=PER_PICTURE,
        resolution=extra * PER_PICTURE,
        style_model=PER_STYLE_MODEL if drawing.get("style_model") else 0,
        steps=(ceil(steps / PRESET_STEPS) - 1) * PER_PICTURE,
        accelerate=(drawing.get("accelerate_times") or 0) * PER_ACCELERATION_STEP,
        super_size=PER_SUPER_SIZE * (enlarged + 2 * refined),
    )


def price_info(one: Price, num: int) -> Json:
    """The reply for ``num`` pictures (contract §7.8)."""
    return {
        "user_rights_use": {
            "daily_free_create_times_use": 0,
            "deserved_create_times_use": 0,
        },
        "vip_rights_use": {
            "create_times_use": 0,
            "accelerate_times_use": 0,
            "super_size_times_use": 0,
        },
        "integral_use": {
            "integral_use_on_create": one.create * num,
            "integral_use_on_resolution": one.resolution * num,
            "integral_use_on_style_model": one.style_model * num,
            "integral_use_on_steps": one.steps * num,
            "integral_use_on_accelerate": one.accelerate * num,
            "integral_use_on_super_size": one.super_size * num,
            "discount_integral": 0,
        },
    }
