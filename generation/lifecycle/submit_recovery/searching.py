"""Finds out what became of a submit whose answer never came, and adopts its tasks.

    keys    those that a callback named, then the history's: none is known to us
    traces  what the gateway says of each: prompt, model, size, seed, time
    match   as many traces agree as pictures were asked for, and nobody else's could

A match is booked like an answer. Nothing is ever sent again, and a callback proves
nothing: its key counts once the gateway's own trace agrees.
"""

import datetime
import logging
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from gateways import catalogue, circuit_breaker
from gateways.clients import has_history, historian, name_of, provider_of
from gateways.models import GatewayAccount
from gateways.providers.base import (
    Fingerprint,
    ProviderError,
    Refused,
    Trace,
    Unavailable,
)
from gateways.providers.faults import Fault
from generation.lifecycle.submit_recovery.matching import (
    adopt,
    called,
    made_since,
    matching_keys,
)
from generation.models import Generation, Inquiry, ProviderTask, UnmatchedKey

logger = logging.getLogger(__name__)
Status = Generation.Status

#: After so long a person has to look.
GIVE_UP_AFTER = datetime.timedelta(hours=24)
#: Seconds between two looks: they widen with the inquiry's age, within these.
STEP = (2.0, 3600.0)
STEP_OF_AGE = 0.5
#: While one round is under way nobody else begins it.
TAKEN = datetime.timedelta(seconds=60)
#: One round asks about so many keys, for so many seconds, for so many generations.
MOST_KEYS = 5
LONGEST_ROUND = 20.0
MOST_TOGETHER = 50


@dataclass(frozen=True, slots=True)
class Inquiring:
    """One round for one account: about these keys, or without any its history."""

    account: GatewayAccount
    inquiries: tuple[Inquiry, ...]
    keys: tuple[str, ...]
    #: So many of ours were made since, and stand before what is looked for.
    newer: int = 0

    @property
    def requests(self) -> int:
        """At most so many."""
        if self.keys:
            return len(self.keys)
        return historian(name_of(self.account)).history_requests(self.newer)


@dataclass(frozen=True, slots=True)
class Found:
    """What a round brought. ``listed`` is empty where traces were asked for."""

    listed: tuple[str, ...] = ()
    traces: tuple[Trace, ...] = ()


# --- Claim


def claim_inquiries(name: str, limit: int) -> list[Inquiring]:
    """All that is due at the account of that name, as one round: what it finds serves
    every inquiry."""
    if not has_history(provider_of(name)):
        return []
    now = timezone.now()
    due = Inquiry.objects.due(now).select_related(
        "generation__account__health", "generation__team", "generation__requested_by"
    )
    mine = _due_at(name, now)[:MOST_TOGETHER]
    inquiries = [row for row in due.filter(pk__in=mine) if _is_open(row)]
    if not inquiries:
        return []
    account = inquiries[0].generation.account
    if account.health.is_quiet(now):
        return []
    if account.health.tripped_at and not circuit_breaker.take_probe(
        account, now, is_paid=False
    ):
        return []
    for inquiry in inquiries:
        inquiry.look_after = now + TAKEN
    taken = [inquiry.pk for inquiry in inquiries]
    Inquiry.objects.filter(pk__in=taken).update(look_after=now + TAKEN)
    named = called(account, [inquiry.generation for inquiry in inquiries])
    _keep(account, sorted(named))
    keys = _unasked(account, named)
    newer = 0 if keys else _made_since(name, inquiries)
    return [Inquiring(account, tuple(inquiries), tuple(keys), newer)]


def _due_at(name: str, now: datetime.datetime) -> list[int]:
    """By their own index: that of an account leads to all that it ever made."""
    account = (provider_of(name), settings.GATEWAYS[name]["app_id"])
    of = ("generation__account__provider", "generation__account__app_id")
    due = Inquiry.objects.due(now).values_list("pk", *of)
    return [pk for pk, *whose in due if tuple(whose) == account]


def _made_since(name: str, inquiries: Sequence[Inquiry]) -> int:
    """Each part has its index: what has ended, and what is to be asked after."""
    since = min(made_since(inquiry.generation) for inquiry in inquiries)
    ours = ProviderTask.objects.filter(catalogue.of_name(name), created_at__gte=since)
    is_open = ours.filter(finished_at=None, poll_after__isnull=False)
    return is_open.count() + ours.filter(finished_at__gte=since).count()


def _is_open(inquiry: Inquiry) -> bool:
    if inquiry.generation.status == Status.UNCERTAIN:
        return True
    Inquiry.objects.filter(pk=inquiry.pk).update(look_after=None)
    return False


def _keep(account: GatewayAccount, keys: Sequence[str]) -> None:
    """Those that are nobody's are strays; in the order given."""
    known = ProviderTask.objects.filter(account=account, key__in=keys)
    ours = set(known.values_list("key", flat=True))
    strays = [UnmatchedKey(account=account, key=key) for key in keys if key not in ours]
    UnmatchedKey.objects.bulk_create(strays, ignore_conflicts=True)


def _unasked(account: GatewayAccount, first: set[str]) -> list[str]:
    rows = UnmatchedKey.objects.unclaimed().filter(account=account, is_asked=False)
    keys = rows.order_by("pk").values_list("key", flat=True)
    named = list(keys.filter(key__in=first)[:MOST_KEYS])
    return list(dict.fromkeys([*named, *keys[:MOST_KEYS]]))[:MOST_KEYS]


# --- Call


def inquire(inquiring: Inquiring) -> Found | ProviderError:
    """Free reads. Touches no database; gives its error as a value."""
    try:
        name = name_of(inquiring.account)
        if not inquiring.keys:
            return Found(listed=tuple(_listed(name, inquiring.newer)))
        return Found(traces=tuple(_traces(name, inquiring.keys)))
    except ProviderError as error:
        return error
    except Exception as error:
        logger.exception("What %s said of its past could not be read", inquiring)
        return Unavailable(repr(error), code=Fault.BROKEN)


def _listed(name: str, newer: int) -> list[str]:
    """As many as there is time for, and as the gateway tells in one go."""
    until = time.monotonic() + LONGEST_ROUND
    found: list[str] = []
    try:
        for keys in historian(name).history(newer):
            found += keys
            if time.monotonic() > until:
                break
    except ProviderError:
        if not found:
            raise
    return list(dict.fromkeys(found))


def _traces(name: str, keys: Sequence[str]) -> list[Trace]:
    """As many as there is time for; a key that the gateway disowns has an empty one."""
    until = time.monotonic() + LONGEST_ROUND
    found: list[Trace] = []
    for key in keys:
        try:
            found.append(historian(name).trace(key))
        except Refused:
            found.append(Trace(key, Fingerprint("", "", 0, 0, ""), None))
        except ProviderError:
            if not found:
                raise
            break  # what was said until now counts
        if time.monotonic() > until:
            break
    return found


# --- Book


def book_inquired(inquiring: Inquiring, outcome: Found | ProviderError) -> None:
    account, keys = inquiring.account, [inquiry.pk for inquiry in inquiring.inquiries]
    rows = Inquiry.objects.filter(pk__in=keys)
    if isinstance(outcome, ProviderError):
        if isinstance(outcome, Refused):
            circuit_breaker.answered(
                account
            )  # it was, where the breaker was open, the probe
        else:
            circuit_breaker.failed(account, outcome)
        rows.update(failure_code=outcome.code, failure_message=outcome.message)
        # Whatever it is about that key: the others are asked about before it is again.
        strays = UnmatchedKey.objects.filter(
            account=account, key__in=inquiring.keys[:1]
        )
        strays.update(is_asked=True)
    else:
        circuit_breaker.answered(account)
        rows.update(failure_code="", failure_message="")
        _remember(account, outcome.traces)
        if not inquiring.keys:
            since = min(made_since(each.generation) for each in inquiring.inquiries)
            _list(account, outcome.listed, since)
            rows.update(looks=F("looks") + 1, looked_at=timezone.now())
    for inquiry in inquiring.inquiries:
        try:
            _conclude(inquiry, has_failed=isinstance(outcome, ProviderError))
        except Exception:
            logger.exception("%s could not be concluded", inquiry)


def _remember(account: GatewayAccount, traces: Sequence[Trace]) -> None:
    for trace in traces:
        made = trace.fingerprint
        UnmatchedKey.objects.filter(account=account, key=trace.key).update(
            is_asked=True,
            prompt=made.prompt,
            model=made.model,
            width=made.width,
            height=made.height,
            seed=made.seed,
            made_at=trace.made_at,
        )


def _list(
    account: GatewayAccount, keys: Sequence[str], since: datetime.datetime
) -> None:
    _keep(account, keys)
    # What the gateway would not tell of is asked about again.
    silent = UnmatchedKey.objects.filter(account=account, is_asked=True, made_at=None)
    silent.filter(Q(key__in=keys) | Q(seen_at__gte=since)).update(is_asked=False)


def _conclude(inquiry: Inquiry, *, has_failed: bool) -> None:
    """Adopt what matches; else look again, at once while keys are still unasked."""
    generation = inquiry.generation
    generation.refresh_from_db(fields=["status"])
    if generation.status != Status.UNCERTAIN:
        Inquiry.objects.filter(pk=inquiry.pk).update(look_after=None)
        return
    if (keys := matching_keys(generation)) and adopt(generation, keys):
        Inquiry.objects.filter(pk=inquiry.pk).update(look_after=None)
        return
    inquiry.refresh_from_db(fields=["looks", "begun_at"])
    is_unread = not inquiry.looks or bool(_unasked(generation.account, set()))
    _look_again(inquiry, at_once=is_unread and not has_failed)


def _look_again(inquiry: Inquiry, *, at_once: bool) -> None:
    """Unless a callback came meanwhile: then it is due already."""
    now = timezone.now()
    age = now - inquiry.begun_at
    low, high = STEP
    wait = min(max(age.total_seconds() * STEP_OF_AGE, low), high)
    after: datetime.datetime | None = now
    if not at_once:
        after = now + datetime.timedelta(seconds=wait * random.uniform(0.9, 1.1))
        after = after if age < GIVE_UP_AFTER else None
    claimed = Inquiry.objects.filter(pk=inquiry.pk, look_after=inquiry.look_after)
    if claimed.update(look_after=after) and after is None:
        rows = Generation.objects.filter(pk=inquiry.generation_id)
        rows.update(version=F("version") + 1)
