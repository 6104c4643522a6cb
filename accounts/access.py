"""Roles that may open a view. A forbidden page answers 404, never 403."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.http import Http404, HttpRequest, HttpResponseBase
from django_htmx.middleware import HtmxDetails

from accounts.models import Membership, User

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)


class MemberRequest(HttpRequest):
    """The request of a signed-in member of a team."""

    user: User
    membership: Membership
    memberships: list[Membership]
    htmx: HtmxDetails
    #: Waiting reviews, if the view counted them (`wjportal.shell`).
    waiting: int


View = Callable[Concatenate[MemberRequest, P], R]


def moderators_only(view: View[P, R]) -> View[P, R]:
    """Moderators of any team: reviews need not belong to the current team."""

    @wraps(view)
    def guarded(request: MemberRequest, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if not any(membership.can_moderate for membership in request.memberships):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def admins_only(view: View[P, R]) -> View[P, R]:
    """Admins of the current team."""

    @wraps(view)
    def guarded(request: MemberRequest, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if not request.membership or not request.membership.can_administer:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded
