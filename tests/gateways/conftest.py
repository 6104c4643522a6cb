"""What tests of gateway accounts share."""

from tests.engine import *  # noqa: F403 (pytest finds fixtures by their names)
