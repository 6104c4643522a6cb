"""What a page says of the queue: how many are before one, and why nothing moves."""

import datetime
from collections.abc import Iterable, Mapping

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from gateways import catalogue
from gateways.clients import is_configured
from gateways.models import AccountHealth, GatewayAccount
from gateways.providers.faults import Fault
from gateways.templatetags.gateways import provider_name
from generation.lifecycle import fair_queue
from generation.lifecycle.fair_queue import MOST_AHEAD, QueuePosition
from generation.models import Generation
from spend.templatetags.portal import capped


class Queue:
    """One for a whole page: a gateway's rows are read once, when they are asked for."""

    def __init__(self) -> None:
        self._accounts: dict[str, Mapping[str, GatewayAccount]] = {}
        self._fronts: dict[str, list[QueuePosition]] = {}

    def ahead(self, generation: Generation) -> int:
        """Pictures that are sent before it; one more than are counted: at least."""
        front = self._front(generation.provider)
        return fair_queue.ahead(front, generation.turn, generation.pk)

    def ahead_of_next(self, provider: str, requested_by: User) -> int:
        """The same for what this person would ask for now."""
        if not (front := self._front(provider)):
            return 0
        accounts = self.accounts(provider).values()
        turn = fair_queue.next_turn(provider, accounts, requested_by)
        return fair_queue.ahead(front, turn, None)

    def waits(self, provider: str) -> str:
        """Why nothing goes to this gateway just now; empty where something does."""
        return why_it_waits(provider, self.accounts(provider).values())

    def waits_for(self, generation: Generation) -> str:
        """Why it is not sent just now; empty where it may well be."""
        if generation.is_pinned:
            return why_it_waits_there(generation.account)
        return self.waits(generation.provider)

    def accounts(self, provider: str) -> Mapping[str, GatewayAccount]:
        if provider not in self._accounts:
            self._accounts[provider] = catalogue.accounts(provider)
        return self._accounts[provider]

    def _front(self, provider: str) -> list[QueuePosition]:
        if provider not in self._fronts:
            self._fronts[provider] = fair_queue.front(provider)
        return self._fronts[provider]


def ahead_words(ahead: int) -> str:
    """7, or "100+"."""
    return capped(ahead, MOST_AHEAD)


def why_it_waits(provider: str, accounts: Iterable[GatewayAccount]) -> str:
    """In words for members; empty while one of the accounts takes what is sent."""
    accounts, now = list(accounts), timezone.now()
    if any(row.is_free(now) and not row.health.trouble for row in accounts):
        return ""
    words = {"gateway": provider_name(provider)}
    used = [row.health for row in accounts if row.health.is_active]
    if not used:
        told = _(
            "%(gateway)s is paused. What you ask for waits here, and nothing is paid."
        )
        return told % words
    silent = [row.tripped_at for row in used if _is_silent(row) and row.tripped_at]
    if not silent:
        told = _("%(gateway)s is in trouble. What is asked for now waits here.")
        return told % words
    told = _(
        "%(gateway)s does not answer since %(time)s; what you ask for waits here, and"
        " nothing is paid."
    )
    return told % {**words, "time": _clock_time(min(silent))}


def why_it_waits_there(account: GatewayAccount) -> str:
    """The same of what only this account can do."""
    words = {"gateway": provider_name(account.provider)}
    if not is_configured(account):
        told = _(
            "Only one account of %(gateway)s can do this, and the portal has it no "
            "more. It waits here, and nothing is paid."
        )
        return told % words
    if not account.health.is_active or not account.weight:
        told = _(
            "Only one account of %(gateway)s can do this, and that one is paused. It "
            "waits here, and nothing is paid."
        )
        return told % words
    return why_it_waits(account.provider, [account])


def _is_silent(health: AccountHealth) -> bool:
    return health.trouble_code != Fault.UNAUTHORIZED


def _clock_time(at: datetime.datetime) -> str:
    """ "14:02"; with the day where that was not today."""
    local = timezone.localtime(at)
    is_today = local.date() == timezone.localdate()
    return f"{local:%H:%M}" if is_today else date_format(local, "SHORT_DATETIME_FORMAT")
