"""Fixtures of the tests of pages."""

from tests.pages import listed, no_known_prices, open_gateways, typed

__all__ = ["listed", "no_known_prices", "open_gateways", "typed"]
