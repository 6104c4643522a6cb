"""What the shell draws on every full page: the number waiting, the purse, the banners.

Nothing is read before a template asks, so parts of a page cost no query here.
"""

from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from accounts.access import MemberRequest
from accounts.models import Membership
from gateways.clients import is_configured
from gateways.models import GatewayAccount
from generation.presenters.queue_position import wait_reason
from moderation.models import Review
from moderation.queue_filter import MOST_WAITING
from notifications.models import Alert
from spend import budgets, ledger
from spend.models import LedgerAccount
from spend.units import Unit


class Shell:
    def __init__(self, request: MemberRequest) -> None:
        self.is_sandbox: bool = settings.SANDBOX
        self._request = request
        self._user = request.user
        self._membership = request.membership
        #: Where this person may work; more than one makes the team a menu.
        self.memberships: list[Membership] = request.memberships

    @cached_property
    def waiting(self) -> int:
        """How many of the team are due soon for a moderator, counted up to a limit. One
        more would tell a control item from others: they are not counted."""
        if (counted := getattr(self._request, "waiting", None)) is not None:
            return int(counted)
        rows = Review.objects.waiting().real().filter(team=self._membership.team)
        rows = rows.filter(inbox=Review.Inbox.MAIN).due_soon(timezone.now())
        return rows[: MOST_WAITING + 1].count()

    @property
    def waiting_words(self) -> str:
        return f"{MOST_WAITING}+" if self.waiting > MOST_WAITING else str(self.waiting)

    @cached_property
    def purse(self) -> budgets.Purse | None:
        """The tightest limit of this month in integrals, if there is any."""
        team, today = self._membership.team, timezone.localdate()
        found = budgets.purses(team, self._user, Unit.INTEGRAL, today)
        return min(found, key=lambda purse: purse.left, default=None)

    @cached_property
    def available(self) -> int:
        """What the team has, in integrals: said where no limit is set."""
        return ledger.balances(self._membership.team)[LedgerAccount.Kind.AVAILABLE]

    @cached_property
    def alerts(self) -> int:
        """Open alerts that no admin took notice of, counted up to a limit."""
        unseen = Alert.objects.visible_to(self._user).unseen()
        return unseen[: MOST_WAITING + 1].count()

    @property
    def alerts_words(self) -> str:
        return f"{MOST_WAITING}+" if self.alerts > MOST_WAITING else str(self.alerts)

    @cached_property
    def troubled(self) -> list[str]:
        """Why what is asked for waits, a sentence for each gateway where it does."""
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
    return {"shell": Shell(request)}  # type: ignore[arg-type]
