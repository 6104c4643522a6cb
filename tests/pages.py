"""What tests of the pages share."""

import uuid
from typing import Any

import pytest
from django.core.cache import cache

from tests import factories, told_lists

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def no_known_prices() -> None:
    cache.clear()


@pytest.fixture
def open_gateways(sandbox: Any, db: None) -> Any:
    """A sandbox that has told its models."""
    told_lists.refresh()
    return sandbox


@pytest.fixture
def listed(db: None) -> None:
    """What a gateway told once, without a gateway."""
    factories.catalogue()


@pytest.fixture
def typed() -> dict[str, Any]:
    """A filled-in form, as a browser sends it."""
    return {
        "operation": "wujie-drawing",
        "submit_key": str(uuid.uuid4()),
        "prompt": "山间古寺,\r\nan autumn rain",
        "model": "1",
        "size": "1024x768",
        "pictures": "2",
        "style": "",
    }
