"""Every address of the portal, and the names that its view asks a request for."""

import itertools
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.signals import got_request_exception
from django.db import transaction
from django.http import QueryDict
from django.test import Client, RequestFactory
from django.test.client import ClientHandler
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.datastructures import MultiValueDict

from tests.hostile.values import PLAUSIBLE, encoded, shortened

Values = Mapping[str, str]
#: Read by Django itself, or by a template as a whole.
DJANGOS = {"csrfmiddlewaretoken", "_method", "items"}
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Address:
    """One URL pattern. ``route``: with ``<converter:name>``."""

    route: str
    converters: Mapping[str, str]

    def path(self, values: Values) -> str:
        found = self.route
        for name, converter in self.converters.items():
            found = found.replace(f"<{converter}:{name}>", encoded(values[name]))
        return f"/{found}"


def addresses() -> list[Address]:
    """Of the portal's own pages; the staff site is Django's."""
    return list(_addresses(get_resolver().url_patterns, ""))


def _addresses(patterns: Any, before: str) -> Iterator[Address]:
    for each in patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver) and each.namespace != "admin":
            yield from _addresses(each.url_patterns, route)
        elif isinstance(each, URLPattern):
            kinds = {
                name: type(converter).__name__.removesuffix("Converter").lower()
                for name, converter in each.pattern.converters.items()
            }
            yield Address(
                route, {n: k.replace("string", "str") for n, k in kinds.items()}
            )


@contextmanager
def asked_names() -> Iterator[set[str]]:
    """The names that are looked up in an address or a posted form meanwhile."""
    found: set[str] = set()

    def spied(method: Callable[..., Any]) -> Callable[..., Any]:
        def look(of: Any, name: Any, *rest: Any) -> Any:
            if isinstance(of, QueryDict) and isinstance(name, str):
                found.add(name)
            return method(of, name, *rest)

        return look

    with pytest.MonkeyPatch.context() as patch:
        for name in ("get", "getlist", "__getitem__"):
            patch.setattr(MultiValueDict, name, spied(getattr(MultiValueDict, name)))
        look = spied(dict.__contains__)
        patch.setattr(QueryDict, "__contains__", look, raising=False)
        yield found
    found -= DJANGOS


class Environments(RequestFactory):
    """Not yet a request: making one changes them."""

    def request(self, **values: Any) -> Any:
        return self._base_environ(**values)


class Person:
    """Asks, and takes back what came of it."""

    def __init__(self, client: Client) -> None:
        self.cookie = client.cookies.output(attrs=[], header="", sep=";").strip()
        self.handler = ClientHandler(enforce_csrf_checks=False)

    def ask(self, method: str, path: str, values: Values) -> tuple[int, str]:
        """Status; and where that is a fault, what was raised."""
        query = "&".join(f"{encoded(n)}={encoded(v)}" for n, v in values.items())
        sent: dict[str, Any] = {"QUERY_STRING": query}
        if method == "POST":
            sent = {"data": query, "content_type": FORM}
        cookie = {"cookie": self.cookie}
        environ = Environments().generic(method, path, headers=cookie, **sent)
        raised: list[str] = []

        def note(**signal: Any) -> None:
            raised.append(repr(sys.exc_info()[1]))

        got_request_exception.connect(note)
        try:
            with transaction.atomic():
                status = self._status(environ, raised)
                transaction.set_rollback(True)
        finally:
            got_request_exception.disconnect(note)
        return status, " ".join(raised)

    def _status(self, environ: dict[str, Any], raised: list[str]) -> int:
        try:
            answer = self.handler(environ)
            if answer.streaming:
                answer.getvalue()
        except Exception as error:  # of a streamed answer
            raised.append(repr(error))
            return 500
        return int(answer.status_code)


@dataclass(frozen=True)
class Spot:
    """An address and method, and the names that its view asks for.

    ``plausible``: values that let the view read on. Not open: nothing but 404.
    """

    address: Address
    method: str
    values: Values
    names: tuple[str, ...]
    plausible: Values
    is_open: bool

    def fault(self, person: Person, parts: Values, sent: Values) -> str:
        """Empty: none."""
        path = self.address.path({**self.values, **parts})
        status, raised = person.ask(self.method, path, sent)
        if status != 500:
            return ""
        shown = [f"{n}={shortened(v)}" for n, v in {**parts, **sent}.items()]
        return f"{self.method} {self.address.route} {shown}: {raised[:200]}"


def spot(
    person: Person, address: Address, method: str, known: Mapping[str, list[str]]
) -> Spot | None:
    """With the first values that open it, else with the first ones; None where the
    method is not allowed."""
    closed = None
    for chosen in itertools.product(*_choices(address, known)):
        values = dict(zip(address.converters, chosen, strict=True))
        path = address.path(values)
        with asked_names() as names:
            status, raised = person.ask(method, path, {})
            assert status != 500, (address, raised)
            if status == 405:
                return None
            sent = {name: PLAUSIBLE[name] for name in names & PLAUSIBLE.keys()}
            again, _raised = person.ask(method, path, sent) if sent else (404, "")
        is_open = (status, again) != (404, 404)
        asked = tuple(sorted(names))
        found = Spot(address, method, values, asked, sent, is_open)
        if is_open:
            return found
        closed = closed or found
    return closed


def first_spot(
    crowd: Sequence[Person],
    address: Address,
    method: str,
    known: Mapping[str, list[str]],
) -> tuple[Person, Spot] | None:
    """Of the first person who can open it."""
    closed = None
    for person in crowd:
        found = spot(person, address, method, known)
        if found and found.is_open:
            return person, found
        closed = closed or (found and (person, found))
    return closed


def _choices(address: Address, known: Mapping[str, list[str]]) -> list[list[str]]:
    """Keys stand under the address that they belong to."""
    own = [name for name in known if name[-1] == "/" and address.route.startswith(name)]
    named = max(own, key=len, default="pk")
    return [known[named if name == "pk" else name] for name in address.converters]
