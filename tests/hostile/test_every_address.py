"""No address and no form answers 500, whatever is sent.

The names that a view asks a request for are found by spying: a new view is tried
without a line here. Each name meets each text of `TEXTS` at least once, on PostgreSQL
each second one; with ``--whole-product`` all of them, alone, and by everybody.
"""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.defaults import page_not_found

from tests.hostile import world
from tests.hostile.asking import Person, Spot, addresses, first_spot
from tests.hostile.values import PARTS, TEXTS
from wjportal import urls

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db, pytest.mark.slow]

#: Parts of equal size: two workers share the addresses.
SHARES = 4
#: The first that may open an address tries it.
ROLES = ("owner", "admin", "moderator", "member")


@pytest.fixture
def in_silence() -> Iterator[None]:
    """Thousands of refusals."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def not_found_once(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """The page *not found* is drawn once for each address and method: whatever else is
    sent, it is the same."""
    drawn: set[tuple[str | None, str]] = set()

    def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
        asked = request.method, request.path
        if asked in drawn:
            return HttpResponse(status=404)
        drawn.add(asked)
        return page_not_found(request, exception)

    if not request.config.getoption("--whole-product"):
        monkeypatch.setattr(urls, "handler404", not_found, raising=False)


@pytest.mark.parametrize("share", range(SHARES))
def test_nothing_that_is_sent_is_a_fault(
    db: None,
    signed_in: Any,
    in_silence: None,
    not_found_once: None,
    share: int,
    request: pytest.FixtureRequest,
) -> None:
    cast = world.people()
    known = world.build(cast)
    crowd = [Person(signed_in(cast[role])) for role in ROLES]
    is_whole = request.config.getoption("--whole-product")
    faults: list[str] = []
    opened: list[bool] = []
    for address in addresses()[share::SHARES]:
        for method in ("GET", "POST"):
            tried = [first_spot(crowd, address, method, known)]
            if is_whole:
                each = (first_spot([one], address, method, known) for one in crowd)
                tried = list(each)
            for person, spot in filter(None, tried):
                opened.append(spot.is_open)
                faults += filter(None, _faults(person, spot, is_whole=is_whole))
    assert not faults, "\n".join(faults)
    assert is_whole or opened.count(True) > 0.8 * len(opened)


def _faults(person: Person, of: Spot, *, is_whole: bool) -> Iterator[str]:
    for name, converter in of.address.converters.items():
        for text in PARTS[converter]:
            yield of.fault(person, {name: text}, {})
    step = 1 if is_whole or connection.vendor == "sqlite" else 2
    for number in range(0, len(TEXTS), step) if of.names else ():
        shifted = TEXTS[number:] + TEXTS[:number]
        sent = {n: shifted[at % len(TEXTS)] for at, n in enumerate(of.names)}
        yield of.fault(person, {}, sent)
    if is_whole:
        for name in of.names:
            for text in TEXTS:
                yield of.fault(person, {}, {**of.plausible, name: text})
