"""Who sends a request, before Django has seen it."""

from importlib import import_module

from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, parse_cookie


def is_signed_in(cookies: str) -> bool:
    """By the value of a Cookie header."""
    key = parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME)
    if not key:
        return False
    request = HttpRequest()
    request.session = _session(key)
    return auth.get_user(request).is_authenticated


def _session(key: str) -> SessionBase:
    return import_module(settings.SESSION_ENGINE).SessionStore(key)  # type: ignore[no-any-return]  # the engine is named in a setting
