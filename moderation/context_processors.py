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
from generation.models import Artwork, GatewayAccount
from spend import budgets, ledger
from spend.models import LedgerAccount, Unit

#: Counting stops here; the shell then says "99+".
MOST_WAITING = 99


class Shell:
    def __init__(self, request: MemberRequest) -> None:
        self.is_sandbox: bool = settings.SANDBOX
        self._user = request.user
        self._membership = request.membership

    @cached_property
    def memberships(self) -> list[Membership]:
        """Where this person may work; more than one makes the team a menu."""
        return list(self._user.memberships.select_related("team").order_by("pk"))

    @cached_property
    def waiting(self) -> int:
        """How many artworks of the team wait for a moderator, counted up to a limit."""
        held = Artwork.objects.in_team(self._membership.team).held()
        held = held.order_by("created_at", "pk")  # the order of the queue's own index
        return held[: MOST_WAITING + 1].count()

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
    def troubled(self) -> list[GatewayAccount]:
        """Gateways in use that do not answer, or not to us."""
        rows = GatewayAccount.objects.exclude(trouble="").order_by("provider")
        return [row for row in rows if _is_in_use(row)]


def _is_in_use(account: GatewayAccount) -> bool:
    options = settings.GATEWAYS.get(account.provider, {})
    return account.app_id == options.get("app_id")


def shell(request: HttpRequest) -> dict[str, Any]:
    if getattr(request, "membership", None) is None:
        return {}
    return {"shell": Shell(request)}  # type: ignore[arg-type]
