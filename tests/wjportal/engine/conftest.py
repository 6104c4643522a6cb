"""What tests of the pump share."""

from tests.engine import (
    drawing_lasts,
    held_answers,
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
    "held_answers",
    "impatient",
    "pump_until",
    "reaches",
    "sandbox",
    "short_waits",
    "two",
    "wanted",
]
