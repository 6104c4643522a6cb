"""Roles that may open a view; others get 404, never 403."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.http import Http404, HttpRequest, HttpResponseBase
from django_htmx.middleware import HtmxDetails

from accounts.models import Membership, User

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)


class MemberRequest(HttpRequest):
    user: User
    membership: Membership
    memberships: list[Membership]
    htmx: HtmxDetails
    #: Waiting reviews, if counted (`wjportal.shell`).
    waiting: int


View = Callable[Concatenate[MemberRequest, P], R]


def moderators_only(view: View[P, R]) -> View[P, R]:
    """Of any team: a review need not belong to the current one."""

    @wraps(view)
    def guarded(request: MemberRequest, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if not any(membership.can_moderate for membership in request.memberships):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def admins_only(view: View[P, R]) -> View[P, R]:
    """Of the current team."""

    @wraps(view)
    def guarded(request: MemberRequest, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if not request.membership or not request.membership.can_administer:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def owners_only(view: View[P, R]) -> View[P, R]:
    """Of the installation, whatever their role in the current team."""

    @wraps(view)
    def guarded(request: MemberRequest, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if not request.user.is_owner:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def admins_or_owners_only(view: View[P, R]) -> View[P, R]:
    @wraps(view)
    def guarded(request: MemberRequest, /, *args: P.args, **kwargs: P.kwargs) -> R:
        is_admin = request.membership and request.membership.can_administer
        if not (is_admin or request.user.is_owner):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded
