"""A person's language, current team and temporary password."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.cache import patch_cache_control

from accounts.models import Membership, User

SESSION_KEY = "team"
#: URL namespaces that need no team.
TEAMLESS = {"accounts", "health", "callbacks"}


class LanguageMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = getattr(request.user, "language", "")
        if language and translation.check_for_language(language):
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)


class MembershipMiddleware:
    """Sets ``request.memberships`` and ``request.membership`` (the current team's).

    The current team is the session's, else the first one joined.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = memberships(request)
        request.memberships = found  # type: ignore[attr-defined]
        request.membership = _current(request, found)  # type: ignore[attr-defined]
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
        if request.user.is_password_temporary:
            return redirect("accounts:password")
        if request.membership:  # type: ignore[attr-defined]
            return None
        return render(request, "accounts/no_team.html", status=403)


def memberships(request: HttpRequest) -> list[Membership]:
    if not isinstance(request.user, User):
        return []
    return list(request.user.memberships.select_related("team").order_by("pk"))


def _current(request: HttpRequest, found: list[Membership]) -> Membership | None:
    if not found:
        return None
    by_team = {membership.team_id: membership for membership in found}
    return by_team.get(request.session.get(SESSION_KEY, 0), found[0])
