"""The client's address and scheme, which only a trusted proxy may tell."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from net.networks import Address, address

#: What a proxy may tell; of anybody else it is taken off.
FORWARDED = ("HTTP_X_FORWARDED", "HTTP_FORWARDED", "HTTP_X_REAL_IP")


class TrustedProxyMiddleware:
    """Stands first. From then on ``REMOTE_ADDR`` is the client's address, and
    ``request.is_secure`` tells how the client came.

    A trusted proxy appends the address of its client to ``X-Forwarded-For``: read from
    the right, the first that is no trusted proxy's is the client's.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = {
            name: request.META.pop(name)
            for name in list(request.META)
            if name.startswith(FORWARDED)
        }
        if _is_trusted(address(request.META.get("REMOTE_ADDR", ""))):
            _believe(request, told)
        return self.get_response(request)


def _believe(request: HttpRequest, told: dict[str, str]) -> None:
    for name in reversed(told.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        if (found := address(name)) is None:
            break  # nothing to the left of it can be believed
        request.META["REMOTE_ADDR"] = str(found)
        if not _is_trusted(found):
            break
    scheme = told.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
    if scheme in {"http", "https"}:
        request.META["wsgi.url_scheme"] = scheme


def _is_trusted(found: Address | None) -> bool:
    return found is not None and any(
        found in network for network in settings.TRUSTED_PROXIES
    )
