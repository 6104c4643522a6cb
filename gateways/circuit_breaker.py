"""How we stand with an account just now: the breaker, and what it asked us to do.

    closed ──(so many silences in a row)──→ open ──(its time is up)──→ one probe
       ↑                                      ↑                            │
       └────────────── it answers ────────────┼────────────────────────────┤
                                              └──── it is silent again ────┘

Everything stands in the account's row and moves by compare-and-set, so that it is the
same for all processes and for whoever leads next.
"""

import datetime
import logging
import random
import re

from django.db.models import F, Q
from django.utils import timezone

from gateways import pausing
from gateways.clients import code_of
from gateways.models import GatewayAccount
from gateways.providers.base import ProviderError, Unauthorized, Unavailable
from gateways.providers.error_codes import Scope
from gateways.providers.faults import Fault

logger = logging.getLogger(__name__)
Sending = GatewayAccount.Sending

ANSWERED_EVERY = datetime.timedelta(seconds=5)

#: So many silences in a row open the breaker, for so many seconds, then for twice as
#: many, up to the most.
SILENCES = 5
OPEN_SECONDS = (5.0, 60.0)
#: While one probe is out nobody else sends another: longer than any call lasts.
PROBE = datetime.timedelta(seconds=90)
#: Where nobody had anything to probe with for so long, its balance will do.
IDLE = datetime.timedelta(minutes=1)
#: Seconds that a gateway may ask us to stay away.
MOST_OBEYED = 900.0
#: Seconds between looks that a gateway refuses because of the account.
LOOKS_REFUSED = 60.0
#: HTTP statuses that proxies and frameworks repeat as a code: no answer of the
#: gateway's own. Codes of `Scope.GATEWAY` count like them.
SILENT_CODES = re.compile(r"5\d\d|404|408|429")
SILENT_FAULTS = {Fault.UNREACHABLE, Fault.LOST, Fault.UNEXPLAINED}


def heard(account: GatewayAccount) -> None:
    """It answered, whatever it said. ``account`` as it was when it was asked."""
    note_answer(account)
    _close(account)


def heard_idly(account: GatewayAccount) -> None:
    """It told its balance: of less worth than an answer about the work."""
    note_answer(account)
    quiet_until = account.quiet_until
    if account.tripped_at and quiet_until and quiet_until < timezone.now() - IDLE:
        _close(account)


def failed(
    account: GatewayAccount, error: ProviderError, *, is_paid: bool = False
) -> None:
    """It did not answer, or not now: wait as long as it says, or as we know to.

    ``is_paid``: it was sent something. A pause holds up nothing else.
    """
    if _is_about_one(account, error):
        heard(account)  # the others are none the worse for it
        return
    note_trouble(account, error)
    if pausing.is_about_account(account, error):
        pausing.pause_because(account, error)
        _close(account)  # it is an answer
        if not is_paid:
            _rest(account, LOOKS_REFUSED)
    elif isinstance(error, Unavailable) and error.retry_after is not None:
        _rest(account, min(max(error.retry_after, 1.0), MOST_OBEYED))
    elif is_silence(account, error):
        _count(account)
    elif error.code.isdigit():  # a code of its business is an answer
        _close(account)


def is_silence(account: GatewayAccount, error: ProviderError) -> bool:
    return (
        isinstance(error, Unauthorized)
        or error.code in SILENT_FAULTS
        or bool(SILENT_CODES.fullmatch(error.code))
        or code_of(account.provider, error.code).scope is Scope.GATEWAY
    )


def _is_about_one(account: GatewayAccount, error: ProviderError) -> bool:
    """A code of its business, and neither about the account nor about how it is."""
    is_ours = pausing.is_about_account(account, error) or is_silence(account, error)
    is_later = isinstance(error, Unavailable) and error.retry_after is None
    return is_later and error.code.isdigit() and not is_ours


def askable(now: datetime.datetime) -> Q:
    """Rows whose ``account`` may be asked: left alone by nothing, or due a probe."""
    return Q(account__quiet_until=None) | Q(account__quiet_until__lte=now)


def take_probe(
    account: GatewayAccount, now: datetime.datetime, *, is_paid: bool
) -> bool:
    """Of all who would try whether it is over, one gets it; a paid one also finds out
    whether a pause is."""
    fields: dict[str, datetime.datetime] = {}
    if account.tripped_at:
        fields["quiet_until"] = now + PROBE
    if is_paid and account.sending == Sending.PAUSED:
        fields["resume_after"] = now + PROBE
    row = GatewayAccount.objects.filter(
        pk=account.pk,
        sending=account.sending,
        tripped_at=account.tripped_at,
        quiet_until=account.quiet_until,
        resume_after=account.resume_after,
    )
    return bool(row.update(**fields))


def give_probe_back(account: GatewayAccount) -> None:
    """There was nothing to try it with."""
    GatewayAccount.objects.filter(pk=account.pk).update(
        quiet_until=account.quiet_until, resume_after=account.resume_after
    )


def _close(account: GatewayAccount) -> None:
    if account.tripped_at or account.failures:
        row = GatewayAccount.objects.filter(pk=account.pk)
        row.exclude(tripped_at=None).update(tripped_at=None, trips=0, quiet_until=None)
        row.update(failures=0)


def _rest(account: GatewayAccount, seconds: float) -> None:
    until = timezone.now() + datetime.timedelta(seconds=seconds)
    row = GatewayAccount.objects.filter(pk=account.pk)
    shorter = Q(quiet_until=None) | Q(quiet_until__lt=until)
    if account.tripped_at:  # this was the probe, and its own time does not count
        shorter = Q()
    row.filter(shorter).update(quiet_until=until)


def _count(account: GatewayAccount) -> None:
    """One more silence. Those that were asked before it opened change nothing."""
    row = GatewayAccount.objects.filter(pk=account.pk)
    if account.tripped_at:
        trips = account.trips + 1
        was = row.filter(tripped_at=account.tripped_at, trips=account.trips)
        was.update(trips=trips, quiet_until=_open_until(trips))
        return
    row.filter(tripped_at=None).update(failures=F("failures") + 1)
    row.filter(tripped_at=None, failures__gte=SILENCES).update(
        tripped_at=timezone.now(), trips=1, quiet_until=_open_until(1)
    )


def _open_until(trips: int) -> datetime.datetime:
    first, most = OPEN_SECONDS
    seconds = min(first * 2.0 ** min(trips - 1, 10), most) * random.uniform(0.8, 1.0)
    return timezone.now() + datetime.timedelta(seconds=seconds)


# --- For the gateways page


def note_trouble(account: GatewayAccount, error: ProviderError) -> None:
    """For the gateways page: what it means, when it began, in the gateway's words."""
    sentence = f"{error.message} ({error.code})" if error.code else error.message
    code = Fault.UNAUTHORIZED if isinstance(error, Unauthorized) else error.code
    logger.warning("%s: %s", account.provider, sentence)
    now = timezone.now()
    fresh = GatewayAccount.objects.filter(pk=account.pk)
    fresh.filter(trouble="").update(trouble_at=now)
    fresh.update(trouble=sentence.strip(), trouble_code=code)


def note_answer(account: GatewayAccount) -> None:
    """It answered. Written every few seconds at most: busy gateways answer often."""
    now = timezone.now()
    is_news = account.trouble or account.answered_at is None
    if is_news or now - account.answered_at > ANSWERED_EVERY:  # type: ignore[operator]
        GatewayAccount.objects.filter(pk=account.pk).update(
            trouble="", trouble_code="", trouble_at=None, answered_at=now
        )
