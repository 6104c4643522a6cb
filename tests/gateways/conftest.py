"""What tests of gateway accounts share."""

from tests.engine import (
    drawing_lasts,
    impatient,
    pump_until,
    reaches,
    sandbox,
    short_waits,
    two,
    wanted,
)

__all__ = [
    "drawing_lasts",
    "impatient",
    "pump_until",
    "reaches",
    "sandbox",
    "short_waits",
    "two",
    "wanted",
]
