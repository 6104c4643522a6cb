"""Claims queued generations in their turn for the account that sends them, once.

queued ─→ submitting     nobody else sends it from here on
   └────→ failed         no order can be written from its parameters: released
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
from generation.lifecycle.sending import Submission, broken_call, end_unsent
from generation.lifecycle.submitting import order_of
from generation.models import Generation, ProviderTask, SubmitRecovery

logger = logging.getLogger(__name__)
Status = Generation.Status

#: Queued generations that each of several accounts reads for each one it may claim.
WINDOW = 25


def claim_queued(name: str, limit: int) -> list[Submission]:
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
        accounts = [first[0].account]  # just read, and the only one
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
    """One generation may probe a breaker or pause, unless a free poll or search can."""
    health = account.health
    if health.is_quiet(now) or not account.weight:
        return False
    if not (health.is_active or health.is_paused):
        return False
    after = health.resume_after
    if health.is_paused and (after is None or after > now):
        return False
    polls = ProviderTask.objects.due(now).filter(account=account)
    lost = SubmitRecovery.objects.due(now).filter(generation__account=account)
    return not (health.tripped_at and (polls.exists() or lost.exists()))


def _claim_share(
    due: QuerySet[Generation],
    mine: GatewayAccount,
    accounts: list[GatewayAccount],
    limit: int,
    now: datetime.datetime,
) -> list[Submission]:
    with transaction.atomic():
        # Lock: of two claims for one account, the second counts after the first.
        locked = GatewayAccount.objects.select_for_update(
            no_key=True, of=("self", "health")
        )
        mine = locked.get(pk=mine.pk)
        others = [mine if row.pk == mine.pk else row for row in accounts]
        candidates = account_selection.candidates(others, mine, now)
        keys = _share(due, mine, candidates, limit)
        return _claim_all(due.filter(pk__in=keys), mine) if keys else []


def _share(
    due: QuerySet[Generation],
    mine: GatewayAccount,
    candidates: list[account_selection.Candidate],
    limit: int,
) -> list[int]:
    """Primary keys in turn. ``due`` holds only this account's pinned ones. The first
    that no account can take ends the list, or smaller ones would pass it for ever."""
    window = limit * (WINDOW if len(candidates) > 1 else 1)
    only_mine = [each for each in candidates if each.account.pk == mine.pk]
    found: list[int] = []
    rows = due.values_list("pk", "pictures", "is_pinned")
    for pk, pictures, is_pinned in rows[:window]:
        among = only_mine if is_pinned else candidates
        selected = account_selection.select(pk, pictures, among)
        if selected is None or len(found) == limit:
            break
        selected.take(pictures)
        if selected.account.pk == mine.pk:
            found.append(pk)
    return found


def _claim_all(due: Iterable[Generation], account: GatewayAccount) -> list[Submission]:
    claimed = []
    for generation in due:
        try:
            submission = _claim(generation, account)
        except Exception:
            # Those claimed before are still sent.
            logger.exception("Generation %s could not be claimed", generation.pk)
            continue
        if submission:
            claimed.append(submission)
    if claimed:
        latest = max(submission.generation.turn for submission in claimed)
        fair_queue.note_sent(account, latest)
    return claimed


def _claim(generation: Generation, account: GatewayAccount) -> Submission | None:
    try:
        order = order_of(generation)
    except Exception as error:
        logger.exception("Generation %s cannot be written as an order", generation.pk)
        end_unsent(generation, Status.FAILED, broken_call(error))
        return None
    if generation.advance(
        Status.SUBMITTING,
        account=account,
        submitting_at=timezone.now(),
        attempts=generation.attempts + 1,
        balance_before=account.balance,
        version=F("version") + 1,
    ):
        return Submission(generation, order, notify_url(generation))
    return None


def notify_url(generation: Generation) -> str:
    if not settings.PUBLIC_URL:
        return ""
    path = reverse("callbacks:receive", args=[generation.callback_token])
    return f"{settings.PUBLIC_URL}{path}"
