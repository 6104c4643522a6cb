"""Text of requests as every database stores and every page shows it: UTF-8, without NUL
and lone surrogates. Nobody can type these; views and forms never see them."""

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.utils.http import parse_header_parameters

from net.request_values import UNSTORABLE, storable

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
#: Not parsed: a form in another encoding, which no browser sends, is refused by the
#: CSRF protection.
UNREAD = "application/octet-stream"


def in_utf_8(application: Application) -> Application:
    """Django decodes addresses and forms by the body's ``charset``, whatever it names:
    one that is no encoding of text ends a request before any middleware."""

    def guarded(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if "charset" in environ.get("CONTENT_TYPE", "").lower():
            _kind, parameters = parse_header_parameters(environ["CONTENT_TYPE"])
            if parameters.get("charset", "").lower() not in ("utf-8", "utf8"):
                environ["CONTENT_TYPE"] = UNREAD
        return application(environ, start_response)

    return guarded


class RequestTextMiddleware:
    """Stands before whatever reads a cookie, an address or a form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        cookies = request.COOKIES
        if any(map(UNSTORABLE.search, cookies.values())):
            kept = {n: v for n, v in cookies.items() if not UNSTORABLE.search(v)}
            request.COOKIES = kept
        if _is_unstorable(request.GET):
            request.GET = _storable(request.GET)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], *_: Any
    ) -> None:
        """Callbacks are exempt from CSRF protection, and read their body themselves."""
        if request.method != "POST" or getattr(view, "csrf_exempt", False):
            return
        try:
            posted = request.POST
        except UnreadablePostError:  # the sender is gone
            return
        if _is_unstorable(posted):
            request.POST = _storable(posted)


def _is_unstorable(sent: QueryDict) -> bool:
    return any(
        UNSTORABLE.search(text)
        for name, values in sent.lists()
        for text in (name, *values)
    )


def _storable(sent: QueryDict) -> Any:
    found = QueryDict(mutable=True)
    for name, values in sent.lists():
        found.setlist(storable(name), [storable(text) for text in values])
    found._mutable = False
    return found
