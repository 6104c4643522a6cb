"""The body of a request from outside is read up to its limit."""

import io

import pytest
from django.http import Http404
from django.test import RequestFactory

from net.request_body import MAX_BODY_BYTES, read_body


def request(body, **more):
    return RequestFactory().post("/", body, content_type="text/plain", **more)


def chunked(body, **more):
    """A request as the server passes it on: no length, a stream."""
    return request(
        b"",
        **{"wsgi.input": io.BytesIO(body), "HTTP_TRANSFER_ENCODING": "chunked"} | more,
    )


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\x00", b"x" * MAX_BODY_BYTES])
def test_the_body_is_returned_as_it_came(body):
    assert read_body(request(body)) == body


def test_a_body_over_the_limit_does_not_exist():
    with pytest.raises(Http404):
        read_body(request(b"x" * (MAX_BODY_BYTES + 1)))


def test_a_length_that_is_no_number_does_not_exist():
    with pytest.raises(Http404):
        read_body(request(b"x", CONTENT_LENGTH="many"))


def test_a_chunked_body_is_read_to_its_marked_end():
    body = b"x" * MAX_BODY_BYTES
    assert read_body(chunked(body, **{"wsgi.input_terminated": True})) == body


def test_a_chunked_body_over_the_limit_does_not_exist():
    body = b"x" * (MAX_BODY_BYTES + 1)
    with pytest.raises(Http404):
        read_body(chunked(body, **{"wsgi.input_terminated": True}))


def test_an_unmarked_stream_is_not_read():
    assert read_body(chunked(b"x")) == b""
