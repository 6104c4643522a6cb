"""The body of a request from outside is read up to its limit."""

import pytest
from django.http import Http404
from django.test import RequestFactory
from django.urls import reverse

from generation import uploads
from net.request_body import ANONYMOUS_BYTES, SMALL_BYTES, most_bytes, read_body


def request(body, **more):
    return RequestFactory().post("/", body, content_type="text/plain", **more)


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\x00", b"x" * ANONYMOUS_BYTES])
def test_the_body_is_returned_as_it_came(body):
    assert read_body(request(body)) == body


def test_a_body_over_the_limit_does_not_exist():
    with pytest.raises(Http404):
        read_body(request(b"x" * (ANONYMOUS_BYTES + 1)))


@pytest.mark.parametrize("name", ["uploads:add", "generation:submit"])
def test_views_that_take_pictures_say_how_much(name):
    assert most_bytes(reverse(name)) == uploads.MOST_BYTES_AT_ONCE > 5 * 20 * 1024**2


@pytest.mark.parametrize("name", ["generation:quote", "accounts:login"])
def test_all_others_take_little(name):
    assert most_bytes(reverse(name)) == SMALL_BYTES


def test_what_is_no_page_takes_what_anybody_may_send():
    assert most_bytes("/no-such-page/") == ANONYMOUS_BYTES
