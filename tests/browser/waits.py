"""Moments to wait for in a browser."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

IS_QUIET = "() => !document.querySelector('.htmx-request')"


@contextmanager
def answered(page: Page, address: str) -> Iterator[None]:
    """Until the answer is drawn. Before that, htmx drops what is sent from the same
    place; the response alone comes earlier."""
    page.wait_for_function(IS_QUIET)
    with page.expect_response(address):
        yield
    page.wait_for_function(IS_QUIET)
