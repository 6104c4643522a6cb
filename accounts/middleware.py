"""A person's language, current team, temporary password and sign-in."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_cache_control
from django_htmx.http import HttpResponseClientRedirect

from accounts.hashing import TryLater
from accounts.models import Membership, User
from accounts.sign_in_throttle import BROWSER_COOKIE, KNOWN_FOR

SESSION_KEY = "team"
#: URL namespaces that need no team.
TEAMLESS = {"accounts", "health", "callbacks", "shared", "verify"}


class LanguageMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = getattr(request.user, "language", "")
        if language and translation.check_for_language(language):
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)


class SignInMiddleware:
    """429 for a try that comes too soon; a browser's cookie after a sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if browser := getattr(request, "signed_in_browser", ""):
            response.set_cookie(
                BROWSER_COOKIE,
                browser,
                max_age=KNOWN_FOR,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        if not isinstance(exception, TryLater):
            return None
        shown = {"message": exception.message}
        response = render(request, "accounts/try_later.html", shown, status=429)
        response["Retry-After"] = str(exception.seconds)
        return response


class TemporaryPasswordMiddleware:
    """Who has a temporary password changes it or signs out; no other URL answers.

    But the one by which an open page learns who is signed in.
    """

    OPEN = ("password", "logout", "signed_in")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not isinstance(user, User) or not user.is_password_temporary:
            return self.get_response(request)
        if user.is_password_expired:
            logout(request)
            return _lead(request, reverse("accounts:login"))
        if request.path in {reverse(f"accounts:{name}") for name in self.OPEN}:
            return self.get_response(request)
        return _lead(request, reverse("accounts:password"))


def _lead(request: HttpRequest, url: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(url)
    return redirect(url)


class MembershipMiddleware:
    """Sets ``request.memberships`` and ``request.membership`` (the current team's).

    The current team is the session's, else the first one joined.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = memberships(request)
        request.memberships = found  # type: ignore[attr-defined]  # as MemberRequest declares
        request.membership = _current(request, found)  # type: ignore[attr-defined]  # as MemberRequest declares
        response = self.get_response(request)
        if isinstance(request.user, User) and "Cache-Control" not in response:
            # Caches keep nothing of a person, also after sign-out.
            patch_cache_control(response, private=True, no_cache=True)
        return response

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        match = request.resolver_match
        namespace = match.namespaces[0] if match and match.namespaces else ""
        if namespace in TEAMLESS or not isinstance(request.user, User):
            return None
        if request.membership:  # type: ignore[attr-defined]  # set above
            return None
        return render(request, "accounts/no_team.html", status=403)


def memberships(request: HttpRequest) -> list[Membership]:
    """None before a temporary password is changed."""
    if not isinstance(request.user, User) or request.user.is_password_temporary:
        return []
    return list(request.user.memberships.select_related("team").order_by("pk"))


def _current(request: HttpRequest, found: list[Membership]) -> Membership | None:
    if not found:
        return None
    by_team = {membership.team_id: membership for membership in found}
    return by_team.get(request.session.get(SESSION_KEY, 0), found[0])
