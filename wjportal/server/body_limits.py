"""How much a request may carry, and the answer to one that carries more."""

from collections.abc import Callable

from django.db import DatabaseError, close_old_connections
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.session_cookie import is_signed_in
from net.request_body import (
    ANONYMOUS_BYTES,
    REFUSED_BODY,
    most_anonymous_bytes,
    most_bytes,
)
from wjportal.server.environ import Environ


def limit_of(environ: Environ, needed: int) -> int:
    """Bytes, by where it goes and who sends it. ``needed``: at least, by what is told
    and was received. Runs before Django has the request.
    """
    path = environ["PATH_INFO"].encode("latin-1").decode(errors="replace")
    most = most_bytes(path)
    if needed > most:
        return most
    anonymous = most_anonymous_bytes(path)
    try:
        return most if is_signed_in(environ.get("HTTP_COOKIE", "")) else anonymous
    except DatabaseError:
        return anonymous
    finally:
        close_old_connections()


class RefusedBodyMiddleware:
    """Answers 413 where the server did not take the body in.

    Stands before `LoginRequiredMiddleware`, which asks those to sign in who could have
    sent that much then.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if REFUSED_BODY in request.META:
            # The token was in the body. No view sees this request.
            request.csrf_processing_done = True  # type: ignore[attr-defined]  # Django's own mark
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., object], *_: object
    ) -> HttpResponse | None:
        limit = request.META.get(REFUSED_BODY)
        if limit is None:
            return None
        is_private = getattr(view, "login_required", True)
        if is_private and limit <= ANONYMOUS_BYTES and request.user.is_anonymous:
            return None
        template = "_too_large.html" if request.htmx else "413.html"  # type: ignore[attr-defined]  # set by HtmxMiddleware
        return render(request, template, {"limit": limit}, status=413)
