"""Reads the body of a request from outside, bounded."""

from django.http import Http404, HttpRequest

MOST_BYTES = 64 * 1024


def read_body(request: HttpRequest) -> bytes:
    """As it came; too large for a callback does not exist."""
    try:
        length = int(request.headers.get("Content-Length") or 0)
    except ValueError as error:
        raise Http404 from error
    if length > MOST_BYTES:
        raise Http404
    body = _chunks(request) or request.read(MOST_BYTES)
    if len(body) > MOST_BYTES:
        raise Http404
    return body


def _chunks(request: HttpRequest) -> bytes:
    """In chunks a body has no length, and Django reads none; our server ends it by
    itself, and says so."""
    is_chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    if not (is_chunked and request.META.get("wsgi.input_terminated")):
        return b""
    stream, body = request.META["wsgi.input"], b""
    while len(body) <= MOST_BYTES:
        if not (more := stream.read(MOST_BYTES + 1 - len(body))):
            break
        body += more
    return body
