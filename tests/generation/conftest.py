"""What tests of the engine share."""

from tests.engine import *  # noqa: F403 (pytest finds fixtures by their names)
