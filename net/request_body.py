"""Bounded reading of an untrusted request's body."""

from django.http import Http404, HttpRequest

MAX_BODY_BYTES = 64 * 1024


def read_body(request: HttpRequest) -> bytes:
    """Raises Http404 for an invalid length or a body over the limit."""
    try:
        length = int(request.headers.get("Content-Length") or 0)
    except ValueError as error:
        raise Http404 from error
    if length > MAX_BODY_BYTES:
        raise Http404
    body = _chunks(request) or request.read(MAX_BODY_BYTES)
    if len(body) > MAX_BODY_BYTES:
        raise Http404
    return body


def _chunks(request: HttpRequest) -> bytes:
    """Django does not read a chunked body: it has no length.

    Empty unless the server marks the stream's end (``wsgi.input_terminated``).
    """
    is_chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    if not (is_chunked and request.META.get("wsgi.input_terminated")):
        return b""
    stream, body = request.META["wsgi.input"], b""
    while len(body) <= MAX_BODY_BYTES:
        if not (more := stream.read(MAX_BODY_BYTES + 1 - len(body))):
            break
        body += more
    return body
