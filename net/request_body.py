"""What a request may carry, decided before its body is read."""

from collections.abc import Callable
from typing import TypeVar

from django.http import Http404, HttpRequest
from django.urls import Resolver404, resolve

#: From anybody: sign-ins, callbacks.
ANONYMOUS_BYTES = 64 * 1024
#: From a signed-in person, to a view that asks for no more.
SMALL_BYTES = 1024 * 1024
#: In ``request.META`` of a request whose body was not taken in: its limit in bytes.
REFUSED_BODY = "wjportal.refused_body"

View = TypeVar("View", bound=Callable[..., object])


def takes(
    most_bytes: int, *, anonymous_bytes: int = ANONYMOUS_BYTES
) -> Callable[[View], View]:
    """A view that takes more than SMALL_BYTES from a signed-in person, and maybe from
    anybody."""

    def note(view: View) -> View:
        view.most_body_bytes = most_bytes  # type: ignore[attr-defined]  # read by `body_limits`
        view.most_anonymous_bytes = anonymous_bytes  # type: ignore[attr-defined]  # likewise
        return view

    return note


def most_bytes(path: str) -> int:
    """Of a signed-in person's request; ``path`` without the query."""
    try:
        view = resolve(path).func
    except Resolver404:
        return ANONYMOUS_BYTES
    return int(getattr(view, "most_body_bytes", SMALL_BYTES))


def most_anonymous_bytes(path: str) -> int:
    """Of anybody's request; ``path`` without the query."""
    try:
        view = resolve(path).func
    except Resolver404:
        return ANONYMOUS_BYTES
    return int(getattr(view, "most_anonymous_bytes", ANONYMOUS_BYTES))


def read_body(request: HttpRequest) -> bytes:
    """Of a request from outside. Raises Http404 over ANONYMOUS_BYTES."""
    body = request.read(ANONYMOUS_BYTES + 1)
    if len(body) > ANONYMOUS_BYTES:
        raise Http404
    return body
