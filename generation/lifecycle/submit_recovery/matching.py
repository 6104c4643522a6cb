"""Which keys a lost submit made: certain, or none; and takes them on.

As many traces agree with what was sent as pictures were asked for, and nobody else's
could be the same. A callback names keys, and proves nothing: they count once the
gateway's own trace agrees.
"""

import datetime
import logging
from collections.abc import Sequence

from gateways.clients import has_history, historian
from gateways.models import GatewayAccount
from gateways.providers.base import Fingerprint, Submitted, SubmittedTask
from gateways.providers.faults import Fault
from generation.lifecycle import account_selection
from generation.lifecycle.sending import book_accepted
from generation.lifecycle.submitting import order_of
from generation.models import Callback, Generation, Inquiry, UnmatchedKey
from generation.operations import OPERATIONS
from spend.units import Unit

logger = logging.getLogger(__name__)
Status = Generation.Status

#: How far the gateway's clock may be behind ours.
CLOCK_SKEW = datetime.timedelta(minutes=1)


def called(account: GatewayAccount, generations: Sequence[Generation]) -> set[str]:
    """The keys that callbacks at the generations' own addresses named."""
    reader = historian(account.provider)
    callbacks = Callback.objects.filter(generation__in=generations)
    bodies = callbacks.values_list("body", flat=True)
    return {key for body in bodies if (key := reader.called(bytes(body)))}


def matching_keys(generation: Generation) -> list[str]:
    """The keys that its submit made, oldest first; none where that is not certain."""
    sent = sent_fingerprint(generation)
    if sent is None:
        return []
    rows = UnmatchedKey.objects.unclaimed().filter(
        account=generation.account,
        prompt=sent.prompt,
        made_at__gte=made_since(generation),
    )
    agreeing = [
        row.key
        for row in rows.order_by("made_at", "pk")
        if sent.admits(row.fingerprint)
    ]
    heard = called(generation.account, [generation]) if agreeing else set()
    named = [key for key in agreeing if key in heard]
    if len(named) == generation.pictures:
        return named
    is_complete = len(agreeing) == generation.pictures
    return agreeing if is_complete and not _has_rival(generation, sent) else []


def sent_fingerprint(generation: Generation) -> Fingerprint | None:
    """Of the body that was sent. None: no history that tells it apart, or it can be
    written no more."""
    provider = generation.account.provider
    operation = OPERATIONS.get(generation.operation)
    if not has_history(provider) or not operation or not operation.leaves_trace:
        return None
    try:
        return historian(provider).fingerprint(order_of(generation))
    except Exception:
        logger.exception("Generation %s cannot be written as an order", generation.pk)
        return None


def made_since(generation: Generation) -> datetime.datetime:
    """What was made earlier, by the gateway's clock, is not its own."""
    return (generation.submitting_at or generation.created_at) - CLOCK_SKEW


def _has_rival(generation: Generation, sent: Fingerprint) -> bool:
    """Whether the keys may just as well be those of another lost answer. What a person
    closed as paid keeps its claim on them."""
    # Not by the account: its index leads to all that it ever made. Each of these has
    # an index of its own, once every column of it is named.
    closed = Inquiry.objects.filter(closed_by__isnull=False).values_list("generation")
    rows = Generation.objects.select_related("account")
    alike = [
        *account_selection.being_sent().select_related("account"),
        *rows.uncertain().filter(team__gt=0),
        *rows.filter(failure_code=Fault.CLOSED_PAID, pk__in=[pk for (pk,) in closed]),
    ]
    return any(
        _is_like(rival, sent)
        for rival in alike
        if rival.account_id == generation.account_id
        and rival.prompt == generation.prompt
        and rival.pk != generation.pk
    )


def _is_like(rival: Generation, sent: Fingerprint) -> bool:
    other = sent_fingerprint(rival)
    return other is None or sent.admits(other) or other.admits(sent)


def adopt(generation: Generation, keys: Sequence[str]) -> bool:
    """Book the keys as if the answer had come. What they cost is not known yet."""
    submitted = Submitted(
        tasks=tuple(SubmittedTask(key) for key in keys),
        expected_cost=None,
        unit=Unit(generation.unit),
        raw={"adopted": list(keys)},
    )
    is_adopted = book_accepted(generation, submitted)
    logger.log(
        logging.INFO if is_adopted else logging.WARNING,
        "Generation %s %s %s",
        generation.pk,
        "was found at the gateway as" if is_adopted else "did not adopt",
        ", ".join(keys),
    )
    return is_adopted
