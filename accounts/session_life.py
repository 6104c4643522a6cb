"""A session ends some time after its last use, and some time after the sign-in.

Use is what a person does. Pages that ask for news by themselves say for how long nobody
touched them (``X-Idle-Seconds``, ``static/js/idle.js``). The last use stands in a
signed cookie: no request writes a row for it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse

SIGNED_IN_AT = "signed_in_at"
USE_COOKIE = "wjportal_use"
#: From the warning to the end.
WARNING_SECONDS = 300
#: A page that shows the warning asks again after this time.
ENDING_SECONDS = 20
#: The cookie is written again after this time.
COOKIE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Life:
    """Unix seconds. ``used_at`` never lies before the sign-in."""

    signed_in_at: int
    used_at: int

    @property
    def idle_ends_at(self) -> float:
        if not settings.IDLE_MINUTES:
            return float("inf")
        return self.used_at + settings.IDLE_MINUTES * 60 + WARNING_SECONDS

    @property
    def whole_ends_at(self) -> int:
        return self.signed_in_at + settings.SESSION_COOKIE_AGE

    @property
    def ends_at(self) -> float:
        return min(self.idle_ends_at, self.whole_ends_at)

    @property
    def can_be_extended(self) -> bool:
        return self.idle_ends_at < self.whole_ends_at

    @property
    def minutes_left(self) -> int:
        return max(round((self.ends_at - time.time()) / 60), 1)

    @property
    def is_ending(self) -> bool:
        return self.ends_at - time.time() <= WARNING_SECONDS

    @property
    def ask_after(self) -> int:
        """Seconds until a page asks again: at the warning, then often enough that
        who is back does not lose the session."""
        left = self.ends_at - time.time()
        if not self.is_ending:
            return int(left - WARNING_SECONDS) + 1
        return max(int(min(left + 1, ENDING_SECONDS)), 1)


def begin(request: HttpRequest, **_: Any) -> None:
    """However somebody signs in (Django's ``user_logged_in``)."""
    request.session[SIGNED_IN_AT] = int(time.time())


class SessionLifeMiddleware:
    """Signs out where the session has ended; sets ``request.life`` of who is in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        now = int(time.time())
        before = life = None
        if request.user.is_authenticated:
            before = _life(request)
            if now >= before.ends_at:
                logout(request)
            else:
                used_at = max(before.used_at, now - _idle_seconds(request))
                life = Life(before.signed_in_at, used_at)
                request.life = life  # type: ignore[attr-defined]  # for the templates
        response = self.get_response(request)
        if before and life and life.used_at - before.used_at >= COOKIE_SECONDS:
            _remember(request, response, life)
        return response


def _remember(request: HttpRequest, response: HttpResponse, life: Life) -> None:
    """Not of who just signed out."""
    if not request.user.is_authenticated:
        return
    response.set_cookie(
        USE_COOKIE,
        _signer(request, life.signed_in_at).sign(str(life.used_at)),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _life(request: HttpRequest) -> Life:
    signed_in_at = request.session.get(SIGNED_IN_AT, 0)
    try:
        cookie = request.COOKIES.get(USE_COOKIE, "")
        used_at = int(_signer(request, signed_in_at).unsign(cookie))
    except (BadSignature, ValueError):
        used_at = signed_in_at
    return Life(signed_in_at, used_at)


def _signer(request: HttpRequest, signed_in_at: int) -> Signer:
    """Another person's or session's cookie counts for nothing."""
    return Signer(salt=f"{__name__}:{request.user.pk}:{signed_in_at}")


def _idle_seconds(request: HttpRequest) -> int:
    """0 where nothing, or nonsense, is told."""
    told = request.headers.get("X-Idle-Seconds", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 9 else 0
