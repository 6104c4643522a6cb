"""Queue positions, and why a gateway's queue waits, in words."""

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
from spend.templatetags.formats import capped


class PageQueue:
    """The queues on one page; a gateway's rows are read once, on demand."""

    def __init__(self) -> None:
        self._accounts: dict[str, Mapping[str, GatewayAccount]] = {}
        self._fronts: dict[str, list[QueuePosition]] = {}

    def ahead(self, generation: Generation) -> int:
        """In pictures; ``MOST_AHEAD`` + 1 means at least as many."""
        front = self._front(generation.provider)
        return fair_queue.ahead(front, generation.turn, generation.pk)

    def ahead_of_next(self, provider: str, requested_by: User) -> int:
        """In pictures."""
        if not (front := self._front(provider)):
            return 0
        accounts = self.accounts(provider).values()
        turn = fair_queue.next_turn(provider, accounts, requested_by)
        return fair_queue.ahead(front, turn, None)

    def wait_reason(self, provider: str) -> str:
        """Empty while an account accepts work."""
        return wait_reason(provider, self.accounts(provider).values())

    def wait_reason_of(self, generation: Generation) -> str:
        """Empty while its account accepts work."""
        if generation.is_pinned:
            return pinned_wait_reason(generation.account)
        return self.wait_reason(generation.provider)

    def accounts(self, provider: str) -> Mapping[str, GatewayAccount]:
        if provider not in self._accounts:
            self._accounts[provider] = catalogue.accounts(provider)
        return self._accounts[provider]

    def _front(self, provider: str) -> list[QueuePosition]:
        if provider not in self._fronts:
            self._fronts[provider] = fair_queue.front(provider)
        return self._fronts[provider]


def ahead_label(ahead: int) -> str:
    """7, or "100+"."""
    return capped(ahead, MOST_AHEAD)


def wait_reason(provider: str, accounts: Iterable[GatewayAccount]) -> str:
    """For members; empty while an account accepts work."""
    accounts, now = list(accounts), timezone.now()
    if any(row.is_free(now) and not row.health.trouble for row in accounts):
        return ""
    words = {"gateway": provider_name(provider)}
    used = [row.health for row in accounts if row.health.is_active]
    if not used:
        sentence = _("%(gateway)s is paused. New work waits here; nothing is charged.")
        return sentence % words
    silent = [row.tripped_at for row in used if _is_silent(row) and row.tripped_at]
    if not silent:
        sentence = _("%(gateway)s is unavailable. New work waits here.")
        return sentence % words
    sentence = _(
        "%(gateway)s has not answered since %(time)s. New work waits here; nothing is "
        "charged."
    )
    return sentence % {**words, "time": _clock_time(min(silent))}


def pinned_wait_reason(account: GatewayAccount) -> str:
    """For work that only this account can do."""
    words = {"gateway": provider_name(account.provider)}
    if not is_configured(account):
        sentence = _(
            "Only one account of %(gateway)s can do this, and it is no longer set up. "
            "It waits here; nothing is charged."
        )
        return sentence % words
    if not account.health.is_active or not account.weight:
        sentence = _(
            "Only one account of %(gateway)s can do this, and it is paused. It waits "
            "here; nothing is charged."
        )
        return sentence % words
    return wait_reason(account.provider, [account])


def _is_silent(health: AccountHealth) -> bool:
    """A missing answer, not rejected credentials."""
    return health.trouble_code != Fault.UNAUTHORIZED


def _clock_time(at: datetime.datetime) -> str:
    """ "14:02"; with the date where not today."""
    local = timezone.localtime(at)
    is_today = local.date() == timezone.localdate()
    return f"{local:%H:%M}" if is_today else date_format(local, "SHORT_DATETIME_FORMAT")
