"""An account's circuit breaker, and the waits its gateway asks for.

    closed ──(silences in a row)──→ open ──(quiet_until passed)──→ one probe
       ↑                              ↑                                │
       ├───────── any answer ─────────┼────────────────────────────────┤
                                      └─────────── silence ────────────┘

The state moves by compare-and-set in `AccountHealth`: all processes share it, and a
new leader takes it over.
"""

import datetime
import logging
import random
import re

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from gateways import pausing
from gateways.clients import code_of
from gateways.models import AccountHealth, GatewayAccount
from gateways.providers.error_codes import Scope
from gateways.providers.errors import ProviderError, Unauthorized, Unavailable
from gateways.providers.faults import Fault

logger = logging.getLogger(__name__)

#: Busy gateways answer often: not each answer is written (`answered_at`).
ANSWER_WRITE_INTERVAL = datetime.timedelta(seconds=5)

SILENCES_TO_OPEN = 5
#: Back-off: the first, doubled with each trip, and the longest.
OPEN_SECONDS = (5.0, 60.0)
#: From one probe to the next; longer than any call takes.
PROBE_TIMEOUT = datetime.timedelta(seconds=90)
#: A balance answer closes a breaker unprobed this long.
UNPROBED_AFTER = datetime.timedelta(minutes=1)
#: A longer Retry-After is cut.
LONGEST_RETRY_AFTER_SECONDS = 900.0
#: After a free read refused because of the account.
READ_REFUSED_BACKOFF_SECONDS = 60.0
#: HTTP statuses that proxies and frameworks repeat as a code: no answer of the
#: gateway's own. Codes of `Scope.GATEWAY` count like them.
SILENT_CODES = re.compile(r"5\d\d|404|408|429")
SILENT_FAULTS = {Fault.UNREACHABLE, Fault.LOST, Fault.UNEXPLAINED}


def answered(account: GatewayAccount) -> None:
    """Note an answer of any content, and close the breaker.

    ``account``: as read before the request.
    """
    note_answer(account)
    _close(account)


def answered_balance(account: GatewayAccount) -> None:
    """Close only a breaker that nothing probes.

    A balance proves less than an answer about work.
    """
    note_answer(account)
    health, before = account.health, timezone.now() - UNPROBED_AFTER
    if health.tripped_at and health.quiet_until and health.quiet_until < before:
        _close(account)


def failed(
    account: GatewayAccount, error: ProviderError, *, is_paid: bool = False
) -> None:
    """Pause the account, wait for its Retry-After, or count a silence.

    ``is_paid``: the request sent new work. A pause stops only that: a refused free read
    backs off as well.
    """
    if _is_about_one(account, error):
        answered(account)  # the error concerns no other request
        return
    note_trouble(account, error)
    if pausing.is_about_account(account, error):
        pausing.pause_for_code(account, error)
        _close(account)  # the code is an answer
        if not is_paid:
            _wait(account, READ_REFUSED_BACKOFF_SECONDS)
    elif isinstance(error, Unavailable) and error.retry_after is not None:
        _wait(account, min(max(error.retry_after, 1.0), LONGEST_RETRY_AFTER_SECONDS))
    elif is_silence(account, error):
        _count_silence(account)
    elif error.code.isdigit():  # its own code is an answer
        _close(account)


def is_silence(account: GatewayAccount, error: ProviderError) -> bool:
    return (
        isinstance(error, Unauthorized)
        or error.code in SILENT_FAULTS
        or bool(SILENT_CODES.fullmatch(error.code))
        or code_of(account.provider, error.code).scope is Scope.GATEWAY
    )


def _is_about_one(account: GatewayAccount, error: ProviderError) -> bool:
    is_ours = pausing.is_about_account(account, error) or is_silence(account, error)
    is_later = isinstance(error, Unavailable) and error.retry_after is None
    return is_later and error.code.isdigit() and not is_ours


def askable(now: datetime.datetime) -> Q:
    """Rows whose ``account`` may be polled or probed now."""
    quiet_until = "account__health__quiet_until"
    return Q(**{quiet_until: None}) | Q(**{f"{quiet_until}__lte": now})


def take_probe(
    account: GatewayAccount, now: datetime.datetime, *, is_paid: bool
) -> bool:
    """Claim the one probe of an open breaker; a paid one also probes a pause.

    False: another process was first. ``account`` keeps the state before the claim.
    """
    health = account.health
    fields: dict[str, datetime.datetime] = {}
    if health.tripped_at:
        fields["quiet_until"] = now + PROBE_TIMEOUT
    if is_paid and health.is_paused:
        fields["resume_after"] = now + PROBE_TIMEOUT
    row = _row(account).filter(
        sending=health.sending,
        tripped_at=health.tripped_at,
        quiet_until=health.quiet_until,
        resume_after=health.resume_after,
    )
    return bool(row.update(**fields))


def give_probe_back(account: GatewayAccount) -> None:
    """Undo `take_probe`: there was no request."""
    health = account.health
    _row(account).update(
        quiet_until=health.quiet_until, resume_after=health.resume_after
    )


def _row(account: GatewayAccount) -> QuerySet[AccountHealth]:
    return AccountHealth.objects.filter(pk=account.health_id)


def _close(account: GatewayAccount) -> None:
    if account.health.tripped_at or account.health.failures:
        row = _row(account)
        row.exclude(tripped_at=None).update(tripped_at=None, trips=0, quiet_until=None)
        row.update(failures=0)


def _wait(account: GatewayAccount, seconds: float) -> None:
    """A longer wait stays; a probe replaces the wait it claimed."""
    until = timezone.now() + datetime.timedelta(seconds=seconds)
    shorter = Q(quiet_until=None) | Q(quiet_until__lt=until)
    if account.health.tripped_at:
        shorter = Q()
    _row(account).filter(shorter).update(quiet_until=until)


def _count_silence(account: GatewayAccount) -> None:
    """Requests from before the breaker opened change nothing."""
    health, row = account.health, _row(account)
    if health.tripped_at:
        trips = health.trips + 1
        probed = row.filter(tripped_at=health.tripped_at, trips=health.trips)
        probed.update(trips=trips, quiet_until=_open_until(trips))
        return
    row.filter(tripped_at=None).update(failures=F("failures") + 1)
    row.filter(tripped_at=None, failures__gte=SILENCES_TO_OPEN).update(
        tripped_at=timezone.now(), trips=1, quiet_until=_open_until(1)
    )


def _open_until(trips: int) -> datetime.datetime:
    first, longest = OPEN_SECONDS
    seconds = min(first * 2.0 ** min(trips - 1, 10), longest)
    jittered = datetime.timedelta(seconds=seconds * random.uniform(0.8, 1.0))
    return timezone.now() + jittered


# --- What the gateways page shows


def note_trouble(account: GatewayAccount, error: ProviderError) -> None:
    """In the gateway's words; ``trouble_at`` keeps its beginning."""
    sentence = f"{error.message} ({error.code})" if error.code else error.message
    code = code_in_health(error)
    logger.warning("%s: %s", account.provider, sentence)
    row = _row(account)
    row.filter(trouble="").update(trouble_at=timezone.now())
    row.update(trouble=sentence.strip(), trouble_code=code)


def code_in_health(error: ProviderError) -> str:
    """What `gateways.gateway_messages` explains."""
    return Fault.UNAUTHORIZED if isinstance(error, Unauthorized) else error.code


def note_answer(account: GatewayAccount) -> None:
    """Stored once per `ANSWER_WRITE_INTERVAL`."""
    health, now = account.health, timezone.now()
    last = health.answered_at
    if health.trouble or last is None or now - last > ANSWER_WRITE_INTERVAL:
        _row(account).update(
            trouble="", trouble_code="", trouble_at=None, answered_at=now
        )
