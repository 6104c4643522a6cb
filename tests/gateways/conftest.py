"""What tests of gateway accounts share."""

from tests.engine import (
    impatient,
    pump_until,
    reaches,
    sandbox,
    short_waits,
    two,
    wanted,
)

__all__ = [
    "impatient",
    "pump_until",
    "reaches",
    "sandbox",
    "short_waits",
    "two",
    "wanted",
]
