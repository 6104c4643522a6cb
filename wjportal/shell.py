"""The shell of every full page: side bar, counters, purse, banner of an outage.

Values are read when a template asks: a partial costs no query.
"""

from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language

from accounts.access import MemberRequest
from accounts.models import Membership
from gateways.clients import is_configured
from gateways.models import GatewayAccount
from generation.presenters.queue_position import wait_reason
from moderation import tabs
from moderation.queue_filter import MOST_WAITING
from notifications.models import Alert
from spend import budgets, ledger, purses
from spend.models import LedgerAccount
from spend.units import Unit


class Shell:
    def __init__(self, request: MemberRequest) -> None:
        self.is_sandbox: bool = settings.SANDBOX
        self._request = request
        self._user = request.user
        self._membership = request.membership
        #: More than one: the team's name is a menu.
        self.memberships: list[Membership] = request.memberships

    @cached_property
    def links_key(self) -> tuple[object, ...]:
        """All that the links of the side bar and the tabs depend on."""
        match, role = self._request.resolver_match, self._membership.role
        return (
            get_language(),
            match.view_name if match else "",
            role,
            self._user.is_owner,
            self._user.is_settled,
            self.waiting_words if self._membership.can_moderate else "",
            self.alerts_words,
            self.invitations,
            self.notices,
        )

    @cached_property
    def waiting(self) -> int:
        """Reviews in all tabs of the queue, at most ``MOST_WAITING`` + 1."""
        if (counted := getattr(self._request, "waiting", None)) is not None:
            return int(counted)
        return tabs.waiting(self._membership.team_id, MOST_WAITING)

    @property
    def waiting_words(self) -> str:
        return f"{MOST_WAITING}+" if self.waiting > MOST_WAITING else str(self.waiting)

    @cached_property
    def purse(self) -> budgets.Allowance | None:
        """The limit with the fewest integrals left this month; None: no limits."""
        team, today = self._membership.team, timezone.localdate()
        found = budgets.allowances(team, self._user, Unit.INTEGRAL, today)
        return min(found, key=lambda purse: purse.left, default=None)

    @cached_property
    def available(self) -> int:
        """The team's integrals over all gateways that bill in them."""
        team, unit = self._membership.team, Unit.INTEGRAL
        found = (
            ledger.balances(team, unit, gateway)[LedgerAccount.Kind.AVAILABLE]
            for gateway in purses.billing(unit)
        )
        return sum(found)

    @cached_property
    def invitations(self) -> int:
        return self._user.invitations.count()

    @property
    def notices(self) -> int:
        """Unread; costs no query."""
        return self._user.unread_notices

    @cached_property
    def alerts(self) -> int:
        if not (self._membership.can_administer or self._user.is_owner):
            return 0
        unseen = Alert.objects.visible_to(self._user).unseen()
        return unseen[: MOST_WAITING + 1].count()

    @property
    def alerts_words(self) -> str:
        return f"{MOST_WAITING}+" if self.alerts > MOST_WAITING else str(self.alerts)

    @cached_property
    def gateway_troubles(self) -> list[str]:
        """One sentence per provider that takes no new work: why."""
        rows = [r for r in GatewayAccount.objects.all() if is_configured(r)]
        providers = dict.fromkeys(row.provider for row in rows)
        told = (
            wait_reason(provider, [row for row in rows if row.provider == provider])
            for provider in sorted(providers)
        )
        return [sentence for sentence in told if sentence]


def shell(request: HttpRequest) -> dict[str, Any]:
    if getattr(request, "membership", None) is None:
        return {}
    return {"shell": Shell(request)}  # type: ignore[arg-type]  # MembershipMiddleware made it one
