"""Searches the gateway's history for keys and traces of lost submits.

Rounds of an account alternate: one reads the history for unknown keys, or asks for
traces of unmatched keys. All its recoveries share the result.
"""

import datetime
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from gateways import catalogue, circuit_breaker
from gateways.clients import has_history, historian, name_of, provider_of
from gateways.models import GatewayAccount
from gateways.providers.base import Fingerprint, Trace
from gateways.providers.errors import ProviderError, Refused, Unavailable
from gateways.providers.faults import Fault
from generation.lifecycle.intervals import GrowingInterval
from generation.lifecycle.submit_recovery.matching import (
    adopt,
    called_keys,
    made_since,
    matching_keys,
)
from generation.models import Generation, ProviderTask, SubmitRecovery, UnmatchedKey

logger = logging.getLogger(__name__)
Status = Generation.Status

#: Then a recovery is left to a person.
GIVE_UP_AFTER = datetime.timedelta(hours=24)
#: Between rounds, by the recovery's age.
SEARCH = GrowingInterval(share_of_age=0.5, shortest=2.0, longest=3600.0)
#: Nobody else searches for a claimed recovery meanwhile.
CLAIMED_FOR = datetime.timedelta(seconds=60)
#: Per round.
MOST_KEYS = 5
MOST_RECOVERIES = 50
ROUND_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class RecoveryRound:
    """Traces of the keys; without keys, the history."""

    account: GatewayAccount
    recoveries: tuple[SubmitRecovery, ...]
    keys: tuple[str, ...]
    #: Our newer tasks, listed before the wanted keys.
    newer: int = 0

    @property
    def requests(self) -> int:
        """The largest number."""
        if self.keys:
            return len(self.keys)
        return historian(name_of(self.account)).history_requests(self.newer)


@dataclass(frozen=True, slots=True)
class RoundResult:
    listed: tuple[str, ...] = ()
    traces: tuple[Trace, ...] = ()


# --- Claim


def claim_recoveries(name: str, limit: int) -> list[RecoveryRound]:
    """Claim the account's due recoveries, as one round; ``limit`` is not reached."""
    if not has_history(provider_of(name)):
        return []
    now = timezone.now()
    due = SubmitRecovery.objects.due(now).select_related(
        "generation__account__health", "generation__team", "generation__requested_by"
    )
    mine = _due_at(name, now)[:MOST_RECOVERIES]
    recoveries = [row for row in due.filter(pk__in=mine) if _is_open(row)]
    if not recoveries:
        return []
    account = recoveries[0].generation.account
    if account.health.is_quiet(now):
        return []
    if account.health.tripped_at and not circuit_breaker.take_probe(
        account, now, is_paid=False
    ):
        return []
    for recovery in recoveries:
        recovery.look_after = now + CLAIMED_FOR
    taken = [recovery.pk for recovery in recoveries]
    SubmitRecovery.objects.filter(pk__in=taken).update(look_after=now + CLAIMED_FOR)
    named = called_keys(account, [recovery.generation for recovery in recoveries])
    _save_unmatched(account, sorted(named))
    keys = _keys_to_trace(account, named)
    newer = 0 if keys else _made_since(name, recoveries)
    return [RecoveryRound(account, tuple(recoveries), tuple(keys), newer)]


def _due_at(name: str, now: datetime.datetime) -> list[int]:
    """Primary keys by the index of due rows: the account's leads through all its
    rows."""
    account = (provider_of(name), settings.GATEWAYS[name]["app_id"])
    columns = ("generation__account__provider", "generation__account__app_id")
    due = SubmitRecovery.objects.due(now).values_list("pk", *columns)
    return [pk for pk, *of in due if tuple(of) == account]


def _made_since(name: str, recoveries: Sequence[SubmitRecovery]) -> int:
    """Ended and open tasks have an index each."""
    since = min(made_since(recovery.generation) for recovery in recoveries)
    ours = ProviderTask.objects.filter(catalogue.of_name(name), created_at__gte=since)
    is_open = ours.filter(finished_at=None, poll_after__isnull=False)
    return is_open.count() + ours.filter(finished_at__gte=since).count()


def _is_open(recovery: SubmitRecovery) -> bool:
    if recovery.generation.status == Status.UNCERTAIN:
        return True
    SubmitRecovery.objects.filter(pk=recovery.pk).update(look_after=None)
    return False


def _save_unmatched(account: GatewayAccount, keys: Sequence[str]) -> None:
    """In the order given."""
    known = ProviderTask.objects.filter(account=account, key__in=keys)
    ours = set(known.values_list("key", flat=True))
    unmatched = (
        UnmatchedKey(account=account, key=key) for key in keys if key not in ours
    )
    UnmatchedKey.objects.bulk_create(unmatched, ignore_conflicts=True)


def _keys_to_trace(account: GatewayAccount, first: set[str]) -> list[str]:
    rows = UnmatchedKey.objects.unclaimed().filter(account=account, is_asked=False)
    keys = rows.order_by("pk").values_list("key", flat=True)
    named = list(keys.filter(key__in=first)[:MOST_KEYS])
    return list(dict.fromkeys([*named, *keys[:MOST_KEYS]]))[:MOST_KEYS]


# --- Call


def search_history(search: RecoveryRound) -> RoundResult | ProviderError:
    """Free reads. Touches no database; returns its error."""
    try:
        name = name_of(search.account)
        if not search.keys:
            return RoundResult(listed=tuple(_listed(name, search.newer)))
        return RoundResult(traces=tuple(_traces(name, search.keys)))
    except ProviderError as error:
        return error
    except Exception as error:
        logger.exception("An answer about %s could not be read", search)
        return Unavailable(repr(error), code=Fault.BROKEN)


def _listed(name: str, newer: int) -> list[str]:
    """Newest first, for ROUND_SECONDS at most. An error after the first page ends the
    reading."""
    until = time.monotonic() + ROUND_SECONDS
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
    """For ROUND_SECONDS at most; empty for a key unknown to the gateway."""
    until = time.monotonic() + ROUND_SECONDS
    found: list[Trace] = []
    for key in keys:
        try:
            found.append(historian(name).trace(key))
        except Refused:
            found.append(Trace(key, Fingerprint("", "", 0, 0, ""), None))
        except ProviderError:
            if not found:
                raise
            break  # earlier traces count
        if time.monotonic() > until:
            break
    return found


# --- Book


def book_recovery(search: RecoveryRound, outcome: RoundResult | ProviderError) -> None:
    account, keys = search.account, [recovery.pk for recovery in search.recoveries]
    rows = SubmitRecovery.objects.filter(pk__in=keys)
    if isinstance(outcome, ProviderError):
        if isinstance(outcome, Refused):
            circuit_breaker.answered(account)  # also to a probe
        else:
            circuit_breaker.failed(account, outcome)
        rows.update(failure_code=outcome.code, failure_message=outcome.message)
        # The first key may cause the error: the others go first.
        first = UnmatchedKey.objects.filter(account=account, key__in=search.keys[:1])
        first.update(is_asked=True)
    else:
        circuit_breaker.answered(account)
        rows.update(failure_code="", failure_message="")
        _save_traces(account, outcome.traces)
        if not search.keys:
            since = min(made_since(each.generation) for each in search.recoveries)
            _save_listed(account, outcome.listed, since)
            rows.update(looks=F("looks") + 1, looked_at=timezone.now())
    has_untraced = bool(_keys_to_trace(account, set()))
    for recovery in search.recoveries:
        try:
            _conclude(
                recovery,
                has_failed=isinstance(outcome, ProviderError),
                has_untraced=has_untraced,
            )
        except Exception:
            logger.exception("%s could not be concluded", recovery)


def _save_traces(account: GatewayAccount, traces: Sequence[Trace]) -> None:
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


def _save_listed(
    account: GatewayAccount, keys: Sequence[str], since: datetime.datetime
) -> None:
    _save_unmatched(account, keys)
    new = UnmatchedKey.objects.filter(account=account, is_listed=False)
    new.filter(key__in=keys).update(is_listed=True)
    # These are traced again.
    untraced = UnmatchedKey.objects.filter(account=account, is_asked=True, made_at=None)
    untraced.filter(Q(key__in=keys) | Q(seen_at__gte=since)).update(is_asked=False)


def _conclude(
    recovery: SubmitRecovery, *, has_failed: bool, has_untraced: bool
) -> None:
    """Adopt matching keys, or plan a round: at once while traces lack.

    Before the history is read and traced, an unsigned callback would choose the only
    keys to compare.
    """
    generation = recovery.generation
    generation.refresh_from_db(fields=["status"])
    if generation.status != Status.UNCERTAIN:
        SubmitRecovery.objects.filter(pk=recovery.pk).update(look_after=None)
        return
    recovery.refresh_from_db(fields=["looks", "begun_at"])
    has_more = not recovery.looks or has_untraced
    keys = matching_keys(generation, is_all_traced=not has_more)
    if keys and adopt(generation, keys):
        SubmitRecovery.objects.filter(pk=recovery.pk).update(look_after=None)
        return
    _plan_next(recovery, at_once=has_more and not has_failed)


def _plan_next(recovery: SubmitRecovery, *, at_once: bool) -> None:
    """A recovery made due by a callback meanwhile stays due."""
    now = timezone.now()
    age = now - recovery.begun_at
    after: datetime.datetime | None = now
    if not at_once:
        after = now + SEARCH.wait(age) if age < GIVE_UP_AFTER else None
    claimed = SubmitRecovery.objects.filter(
        pk=recovery.pk, look_after=recovery.look_after
    )
    if claimed.update(look_after=after) and after is None:
        rows = Generation.objects.filter(pk=recovery.generation_id)
        rows.update(version=F("version") + 1)
