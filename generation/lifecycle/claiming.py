"""Takes what is queued, in its turn, for the account that is to send it: once.

queued ─→ submitting     from here on it is never sent by anybody else
   └────→ failed         it cannot be written as an order: released
"""

import datetime
import logging
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from gateways import catalogue, circuit_breaker
from gateways.clients import name_of, provider_of
from gateways.models import GatewayAccount
from generation.lifecycle import account_selection, fair_queue
from generation.lifecycle.sending import Sending, end, mistake
from generation.lifecycle.submitting import order_of
from generation.models import Generation, Inquiry, ProviderTask

logger = logging.getLogger(__name__)
Status = Generation.Status

#: Where a gateway has several accounts, each looks for its own among so many times as
#: many as it may take.
WINDOW = 25


def claim_queued(name: str, limit: int) -> list[Sending]:
    """Take what the account of that name is to send: *submitting* from here on, and
    never sent twice."""
    now, provider = timezone.now(), provider_of(name)
    due = Generation.objects.due(now).filter(catalogue.configured(provider))
    due = due.filter(provider=provider).select_related("account__health")
    is_alone = len(catalogue.names(provider)) == 1
    if not is_alone:
        due = due.filter(Q(is_pinned=False) | catalogue.of_name(name))
    first = list(due[:limit])
    if not first:
        return []
    if is_alone:
        accounts = [first[0].account]  # the only one it can be, and just read
    else:
        accounts = list(catalogue.accounts(provider).values())
    mine = next(row for row in accounts if name_of(row) == name)
    if mine.is_free(now):
        if len(accounts) == 1 and mine.most_open is None:
            return _claim_all(first, mine)
        return _claim_share(due, mine, accounts, limit, now)
    if (
        _may_probe(mine, now)
        and account_selection.has_room(mine, first[0].pictures)
        and circuit_breaker.take_probe(mine, now, is_paid=True)
    ):
        claimed = _claim_all(first[:1], mine)
        if not claimed:
            circuit_breaker.give_probe_back(mine)
        return claimed
    return []


def _may_probe(account: GatewayAccount, now: datetime.datetime) -> bool:
    """Whether one generation may try if it is over: unless a free look can."""
    health = account.health
    if health.is_quiet(now) or not account.weight:
        return False
    if not (health.is_active or health.is_paused):
        return False
    after = health.resume_after
    if health.is_paused and (after is None or after > now):
        return False
    looks = ProviderTask.objects.due(now).filter(account=account)
    lost = Inquiry.objects.due(now).filter(generation__account=account)
    return not (health.tripped_at and (looks.exists() or lost.exists()))


def _claim_share(
    due: QuerySet[Generation],
    mine: GatewayAccount,
    accounts: list[GatewayAccount],
    limit: int,
    now: datetime.datetime,
) -> list[Sending]:
    with transaction.atomic():
        # Of two who claim for the same account, one counts after the other has.
        locked = GatewayAccount.objects.select_for_update(
            no_key=True, of=("self", "health")
        )
        mine = locked.get(pk=mine.pk)
        others = [mine if row.pk == mine.pk else row for row in accounts]
        keys = _share(due, mine, account_selection.choices(others, mine, now), limit)
        return _claim_all(due.filter(pk__in=keys), mine) if keys else []


def _share(
    due: QuerySet[Generation],
    mine: GatewayAccount,
    choices: list[account_selection.Choice],
    limit: int,
) -> list[int]:
    """The keys of what falls to this account, in their turn. What is too much for
    every account just now is waited for: else small ones would pass it for ever.
    What is pinned in ``due`` is this one's alone."""
    window = limit * (WINDOW if len(choices) > 1 else 1)
    only_mine = [choice for choice in choices if choice.account.pk == mine.pk]
    found: list[int] = []
    rows = due.values_list("pk", "pictures", "is_pinned")
    for pk, pictures, is_pinned in rows[:window]:
        among = only_mine if is_pinned else choices
        choice = account_selection.chosen(pk, pictures, among)
        if choice is None or len(found) == limit:
            break
        choice.take(pictures)
        if choice.account.pk == mine.pk:
            found.append(pk)
    return found


def _claim_all(due: Iterable[Generation], account: GatewayAccount) -> list[Sending]:
    claimed = []
    for generation in due:
        try:
            sending = _claim(generation, account)
        except Exception:
            # What was claimed before it is sent all the same.
            logger.exception("Generation %s could not be claimed", generation.pk)
            continue
        if sending:
            claimed.append(sending)
    if claimed:
        latest = max(sending.generation.turn for sending in claimed)
        fair_queue.sent(account, latest)
    return claimed


def _claim(generation: Generation, account: GatewayAccount) -> Sending | None:
    try:
        order = order_of(generation)
    except Exception as error:
        logger.exception("Generation %s cannot be written as an order", generation.pk)
        end(generation, Status.FAILED, mistake(error))
        return None
    if generation.advance(
        Status.SUBMITTING,
        account=account,
        submitting_at=timezone.now(),
        attempts=generation.attempts + 1,
        balance_before=account.balance,
        version=F("version") + 1,
    ):
        return Sending(generation, order, notify_url(generation))
    return None


def notify_url(generation: Generation) -> str:
    if not settings.PUBLIC_URL:
        return ""
    path = reverse("callbacks:receive", args=[generation.callback_token])
    return f"{settings.PUBLIC_URL}{path}"
