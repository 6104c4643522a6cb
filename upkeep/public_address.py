"""Asks the portal's public address from here: name, way, certificate and proxy."""

from http import HTTPStatus

from django.conf import settings

from net import outbound
from net.outbound import NotReached
from notifications.refusal_words import explain

#: Answers a GET with 200, and refuses a POST as no other server would.
PATH = "/healthz"


def check() -> str:
    """Why it cannot be reached, in the reader's language; empty: the portal answers."""
    try:
        status, _answer = outbound.post(f"{settings.PUBLIC_URL}{PATH}", b"", {})
    except NotReached as error:
        return explain(str(error))
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return ""
    return explain(f"HTTP {status}")
