"""Who asks: the team they work in just now, their language, their first password."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.cache import patch_cache_control

from accounts.models import Membership, User

SESSION_KEY = "team"
#: What works without a team: signing in and out, the staff's admin, the health pages.
TEAMLESS = {"accounts", "admin", "health", "callbacks"}


class LanguageMiddleware:
    """The language that someone chose follows them to every browser."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = getattr(request.user, "language", "")
        if language and translation.check_for_language(language):
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)


class MembershipMiddleware:
    """``request.membership``: of the chosen team, else of the first one joined. All
    of them: ``request.memberships``.

    Who is in no team yet is told so on every page that needs one. Whose password was
    made by someone else changes it first.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = memberships(request)
        request.memberships = found  # type: ignore[attr-defined]
        request.membership = _current(request, found)  # type: ignore[attr-defined]
        response = self.get_response(request)
        if isinstance(request.user, User) and "Cache-Control" not in response:
            # For nobody else, and asked for again: who signed out sees it no more.
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
